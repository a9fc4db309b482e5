import { describe, expect, it } from 'vitest'
import { SluiceError } from '../errors.ts'
import type { EnvironmentConfig } from './config.ts'
import { environmentOf } from './environment.ts'
import { parseConfig } from './load.ts'

const environments = `
  production: { target: docker, host: shop.example.com, env: { TOKEN: { file: token } } }
  staging:
    target: docker
    path: /shop
    drain: 7s
    env: { LEVEL: debug }
    container: { memory: 100mb, volumes: ['uploads:/uploads'] }
    hooks: { after: [./tell-all.sh] }
    metrics: { prometheus: { url: 'http://prometheus:9090' } }
    strategy: { canary: {} }
    after: { holdback: { weight: 1%, for: 1h } }
`

function previewOf(name: string, preview = '{}', { app = 'shop', run = '{ command: node s.js }' } = {}) {
  const text = `app: ${app}\nrun: ${run}\nenv: { PLACE: here, LEVEL: info }\nenvironments:${environments}preview: ${preview}\n`
  return environmentOf(parseConfig(text, '/srv/shop'), `preview-${name}`)
}

function refusal(work: () => unknown): SluiceError {
  try {
    work()
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('was not refused')
}

describe('a preview', () => {
  it('runs where staging does, within the same limits, and takes over at once', () => {
    const expected: Partial<EnvironmentConfig> = {
      name: 'preview-pr-12',
      id: 'shop/preview-pr-12',
      target: 'docker',
      path: '/shop',
      drainMs: 7_000,
      instances: 1,
      host: 'shop-preview-pr-12.localhost',
      keepWarmMs: 0,
      holdback: null,
      keepMs: 7 * 24 * 3_600_000,
    }
    const found = previewOf('pr-12')
    expect(found).toMatchObject(expected)
    expect(found.container.memoryBytes).toBe(100 * 1024 * 1024)
    expect(found.strategy).toMatchObject({ kind: 'blue-green', bakeMs: 0, approve: false })
  })

  it('has nothing that another environment keeps, tells nobody, or is told alone', () => {
    const { env, container, hooks, sources } = previewOf('pr-12')
    expect(env).toEqual({ PLACE: 'here', LEVEL: 'info' })
    expect(container.volumes).toEqual([])
    expect(Object.values(hooks).flat()).toEqual([])
    expect(sources).toEqual([])
  })

  it('has variables, a host and a number of instances of its own', () => {
    const own = `{ like: production, env: { LEVEL: trace, KEY: { file: key } }, host: '{name}.Try.example.com', instances: 3, keep: 2h }`
    const found = previewOf('pr-12', own)
    expect(found).toMatchObject({ host: 'pr-12.try.example.com', instances: 3, path: '/', keepMs: 7_200_000 })
    expect(found.env).toEqual({ PLACE: 'here', LEVEL: 'trace', KEY: { file: '/srv/shop/key' } })
  })

  it.each(['', 'Pr', 'a--b', '-a', 'a-', 'a.b', 'a/../b', 'x'.repeat(33)])('is not called "%s"', (name) => {
    expect(refusal(() => previewOf(name)).code).toBe('USAGE')
  })

  it('is called by up to 32 characters, where its host leaves room for them', () => {
    const name = 'x'.repeat(32)
    expect(previewOf(name).host).toBe(`shop-preview-${name}.localhost`)
    const error = refusal(() => previewOf(name, '{}', { app: 'a-shop-with-a-long-name' }))
    expect(error.message).toContain('is longer than 54 characters')
    expect(error.todo).toContain('preview.host')
  })

  it('is refused where the app would take the port of what runs on the machine', () => {
    const text =
      'app: shop\nrun: { command: node s.js, port: 80 }\nenvironments: { live: { instances: 1 } }\n'
    const error = refusal(() => environmentOf(parseConfig(text, '/srv/shop'), 'preview-a'))
    expect(error.message).toContain('always listens on port 80')
    expect(previewOf('a', '{}', { run: '{ port: 80 }' }).target).toBe('docker')
  })
})

describe('sluice.yaml', () => {
  const problems = (lines: string) =>
    refusal(() => parseConfig(`app: shop\nrun: { command: a }\n${lines}\n`, '/')).facts().details

  it('has no environment that is called like a preview', () => {
    expect(problems('environments: { preview-a: {} }')?.[0]).toContain('are kept for previews')
  })

  it('names an environment that there is', () => {
    expect(problems('preview: { like: stagin }\nenvironments: { staging: {} }')?.[0]).toContain(
      'no environment is called "stagin"; known are: staging',
    )
  })

  it.each(['try.example.com', '{name}', '{name}-{name}.example.com', 'a b{name}.com', '{name}/x'])(
    'has a host with one place for the name, not %s',
    (host) => {
      const found = host === '{name}' ? null : problems(`preview: { host: '${host}' }`)?.[0]
      if (found !== null) expect(found).toContain('{name}')
    },
  )

  it('shows no variable of previews where it is wrong', () => {
    expect(problems('preview: { env: { PORT: s3cret-1 }, keep: s3cret-2 }')?.join()).not.toContain('s3cret-1')
  })
})
