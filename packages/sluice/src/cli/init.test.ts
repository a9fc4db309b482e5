import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../runtime/world.fixture.ts'
import { keptIo } from './io.fixture.ts'
import { runProgram } from './program.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder[Symbol.asyncDispose]())

const express = {
  'package.json': JSON.stringify({
    name: 'shop',
    engines: { node: '24' },
    scripts: { start: 'node server.js' },
    dependencies: { express: '^5.0.0' },
  }),
  'package-lock.json': JSON.stringify({ name: 'shop', lockfileVersion: 3, packages: {} }),
  'server.js': `
import express from 'express'
const app = express()
app.get('/readyz', (request, response) => response.send('ok'))
app.get('/', (request, response) => response.send(process.env.GREETING))
app.listen(process.env.PORT ?? 3000)
`,
}

async function make(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true })
    await writeFile(join(folder.path, path), text)
  }
}

async function sluice(args: string[], answers?: (string | boolean | null | string[])[]) {
  const io = keptIo({
    home: join(folder.path, '.home'),
    cwd: folder.path,
    ...(answers === undefined ? {} : { answers }),
  })
  const code = await runProgram(args, io)
  return { code, out: io.printed(), err: io.complained() }
}

const below = (at: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`${at}/${path}`, content]))

const text = (path: string) => readFile(join(folder.path, path), 'utf8')
const exists = (path: string) =>
  text(path).then(
    () => true,
    () => false,
  )

describe('sluice init', () => {
  it('says what it concluded and from which file, and writes what a deploy needs', async () => {
    await make(express)
    const { code, out, err } = await sluice(['init', '--yes'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/stack +Node 24 .*engines\.node is 24.*package\.json/)
    expect(out).toMatch(/framework +express .*package\.json/)
    expect(out).toMatch(/packages +npm .*package-lock\.json/)
    expect(out).toMatch(/starts by +node server\.js/)
    expect(out).toMatch(/ready at +\/readyz .*server\.js:4/)
    expect(out).toMatch(/\+ sluice\.yaml +new/)
    expect(out).toContain('! GREETING is read without a fallback')
    expect(await text('sluice.yaml')).toContain('readiness: { path: /readyz, period: 10s, failures: 2 }')
    expect(await text('Dockerfile')).toContain('CMD ["node", "server.js"]')
    expect(await text('env.schema.yaml')).toContain('required: [GREETING]')
    expect(await text('.env.example')).toMatch(/^GREETING=$/m)
    expect(await exists('.dockerignore')).toBe(true)
  })

  it('names commands for each of several apps that those commands take', async () => {
    await make({ ...below('api', express), ...below('web', express) })
    const { out } = await sluice(['init', '--yes'])
    const hints = [...out.matchAll(/→ sluice (plan .*?|deploy .*)$/gm)].map(([, words]) =>
      words!.split('      → sluice '),
    )
    expect(hints).toEqual([
      ['plan api', 'deploy api'],
      ['plan web', 'deploy web'],
    ])
    for (const words of hints.flat())
      expect((await sluice([...words.split(' '), '--help'])).out).toContain('[folder]')
  })

  it('changes nothing the second time', async () => {
    await make(express)
    await sluice(['init', '--yes'])
    const before = await Promise.all(
      ['sluice.yaml', 'Dockerfile', 'env.schema.yaml', '.env.example'].map(text),
    )
    const { code, out } = await sluice(['init', '--yes'])
    expect(code).toBe(0)
    expect(out).not.toMatch(/^[+~]/m)
    expect(
      await Promise.all(['sluice.yaml', 'Dockerfile', 'env.schema.yaml', '.env.example'].map(text)),
    ).toEqual(before)
    expect((await sluice(['init', '--check'])).code).toBe(0)
  })

  it('never changes what is somebody’s own without being told to, and shows what it would change', async () => {
    await make({ ...express, Dockerfile: 'FROM scratch\n' })
    const unasked = await sluice(['init', '--yes'])
    expect(unasked.out).toMatch(/Dockerfile +yours: not made by sluice init/)
    expect(await text('Dockerfile')).toBe('FROM scratch\n')

    const refused = await sluice(['init'], [[], false])
    expect(refused.out).toContain('-FROM scratch')
    expect(refused.err).toContain('? Write Dockerfile anew?')
    expect(await text('Dockerfile')).toBe('FROM scratch\n')

    expect((await sluice(['init'], [[], true])).code).toBe(0)
    expect(await text('Dockerfile')).toContain('CMD ["node", "server.js"]')
  })

  it('follows the app in what nobody has changed, and asks where somebody has', async () => {
    await make(express)
    await sluice(['init', '--yes'])
    await make({
      'package.json': express['package.json'].replace(
        'node server.js',
        'node --enable-source-maps server.js',
      ),
    })
    const late = await sluice(['init', '--check'])
    expect(late.code).toBe(3)
    expect(late.err).toContain('the app has moved on from sluice.yaml')
    expect(late.err).toMatch(/^ +\+ {2}command: \[node, --enable-source-maps, server\.js\]/m)

    await writeFile(join(folder.path, 'Dockerfile'), `${await text('Dockerfile')}# mine\n`)
    await sluice(['init', '--yes'])
    expect(await text('sluice.yaml')).toContain('--enable-source-maps')
    expect(await text('Dockerfile')).toMatch(/# mine\n$/)
    expect(await text('Dockerfile')).not.toContain('--enable-source-maps')
    expect((await sluice(['init'], [null])).code).toBe(130)
  })

  it('keeps the example in step with the schema, which keeps in step with the code', async () => {
    await make(express)
    await sluice(['init', '--yes'])
    await make({
      'server.js': `// moved\n${express['server.js'].replace('process.env.GREETING', 'process.env.WORD')}`,
    })
    await sluice(['init', '--yes'])
    expect(await text('env.schema.yaml')).toContain('required: [WORD]')
    expect(await text('.env.example')).toMatch(/^WORD=$/m)
    await make({ 'server.js': `// moved again\n${await text('server.js')}` })
    expect((await sluice(['init', '--check'])).code).toBe(0)
  })

  it('gives facts to a program, and writes nothing then', async () => {
    await make(express)
    const { code, out } = await sluice(['init', '--json'])
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(code).toBe(0)
    expect(lines[0]).toMatchObject({ kind: 'facts', project: { apps: [{ stack: 'node', name: 'shop' }] } })
    expect(lines).toContainEqual({ kind: 'file', path: 'sluice.yaml', state: 'new' })
    expect(await exists('sluice.yaml')).toBe(false)
  })

  it('wants a person, or to be told that none is wanted', async () => {
    await make(express)
    const { code, err } = await sluice(['init'])
    expect(code).toBe(2)
    expect(err).toMatch(/nobody is at a keyboard here.*\n.*sluice init --yes/)
    expect(await exists('sluice.yaml')).toBe(false)
  })

  it('says what it looked for where there is no app', async () => {
    await make({ 'README.md': 'nothing here' })
    const { code, err } = await sluice(['init', '--yes'])
    expect(code).toBe(2)
    expect(err).toMatch(/no app was found in .*\n(.*\n)*.*package\.json, go\.mod/)
  })

  it('writes more where it is named, or chosen, and follows up on what is there', async () => {
    await make(express)
    expect((await sluice(['init', '--yes', '--with', 'on-call'])).out).toContain('+ ops/on-call.yaml')
    expect(await text('ops/on-call.yaml')).toContain('owner: shop')
    expect(await exists('ops/runbook.md')).toBe(false)

    expect((await sluice(['init'], [['runbook']])).out).toContain('+ ops/runbook.md')
    await writeFile(join(folder.path, 'package.json'), express['package.json'].replace('"shop"', '"store"'))
    const { code, out } = await sluice(['init', '--check'])
    expect(code).toBe(3)
    expect(out).toMatch(/~ ops\/on-call\.yaml +the app has moved on/)
    expect(out).not.toContain('kubernetes/')
  })

  it('writes no CI file where no CI system reads it', async () => {
    await make({ '.git/HEAD': 'ref: refs/heads/main\n', ...below('web', express) })
    const { code, err } = await sluice(['init', 'web', '--yes', '--with', 'github-actions'])
    expect(code).toBe(2)
    expect(err).toContain(`github-actions is read where the repository begins, ${folder.path}`)
    expect(await exists('web/sluice.yaml')).toBe(false)
  })

  it('knows which generators there are', async () => {
    await make(express)
    const { code, err } = await sluice(['init', '--yes', '--with', 'runboook'])
    expect(code).toBe(2)
    expect(err).toContain('there is no generator "runboook"; did you mean runbook?')
  })

  it('asks which of two lockfiles is meant, and takes neither unasked', async () => {
    await make({ ...express, 'yarn.lock': '# yarn lockfile v1\n' })
    const unasked = await sluice(['init', '--yes'])
    expect(unasked.code).toBe(2)
    expect(unasked.err).toMatch(/package-lock\.json/)
    expect(unasked.err).toMatch(/yarn\.lock/)
    expect(await exists('sluice.yaml')).toBe(false)

    expect((await sluice(['init'], ['npm', []])).code).toBe(0)
    expect(await text('sluice.yaml')).toContain('npm ci')
  })

  it('pushes images to where sluice.yaml keeps them', async () => {
    await make({
      ...express,
      'sluice.yaml': `app: shop
environments:
  production:
    target: swarm
    container: { registry: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme }
`,
    })
    expect((await sluice(['init', '--yes', '--with', 'github-actions'])).code).toBe(0)
    expect(await text('.github/workflows/shop-main.yml')).toContain(
      'IMAGE_NAME: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/shop',
    )
    expect(await text('aws-role-github.yaml')).toContain('ecr:eu-west-1:123456789012:repository/acme/shop')
  })

  it('writes through no link', async () => {
    await make({ ...express, 'elsewhere/Dockerfile': 'FROM scratch\n' })
    await symlink('elsewhere/Dockerfile', join(folder.path, 'Dockerfile'))
    const { code, err } = await sluice(['init'], [[], true])
    expect(code).toBe(2)
    expect(err).toContain('Dockerfile cannot be written: it is a link to another file')
    expect(await text('elsewhere/Dockerfile')).toBe('FROM scratch\n')
  })

  it('writes for containers where they are wanted', async () => {
    await make(express)
    await sluice(['init', '--yes', '--target', 'docker'])
    expect((await sluice(['init', '--check'])).code).toBe(0)
    expect(await text('sluice.yaml')).toMatch(
      /target: docker[\s\S]*dockerfile: Dockerfile|dockerfile: Dockerfile[\s\S]*target: docker/,
    )
  })
})

describe('sluice env', () => {
  const schema = 'type: object\nrequired: [GREETING]\nproperties:\n  GREETING: { description: First word. }\n'

  it('finds no fault where code and schema know the same', async () => {
    await make({ ...express, 'env.schema.yaml': schema })
    const { code, out } = await sluice(['env', 'check'])
    expect({ code, out }).toEqual({
      code: 0,
      out: '✓ the code and env.schema.yaml know the same variables\n',
    })
  })

  it('tells what is read and not declared, what is declared and not read, and what is misspelt', async () => {
    await make({ ...express, 'env.schema.yaml': schema.replaceAll('GREETING', 'GREETNG') })
    const { code, out, err } = await sluice(['env', 'check'])
    expect(code).toBe(3)
    expect(out).toContain(
      '✗ GREETING is read in server.js:5, and not declared. GREETNG is declared and not read: is it misspelt?',
    )
    expect(out).toContain('! GREETNG is declared, and read nowhere')
    expect(err).toContain('the code reads GREETING, and env.schema.yaml does not know of it')
  })

  it('says where it cannot tell', async () => {
    await make({
      'env.schema.yaml': 'type: object\n',
      'a.js': 'export const read = (name) => process.env[name]\n',
    })
    const { code, out } = await sluice(['env', 'check'])
    expect(code).toBe(0)
    expect(out).toContain('? a.js:1 reads by a name that cannot be told: process.env[name]')
  })

  it('writes .env.example, keeps it in step, and never writes over one that is somebody’s own', async () => {
    await make({ ...express, 'env.schema.yaml': schema })
    expect((await sluice(['env', 'sync'])).out).toContain('.env.example written')
    expect((await sluice(['env', 'sync'])).out).toContain('is in step')
    await make({ 'env.schema.yaml': schema.replace('First word.', 'The first word.') })
    expect((await sluice(['env', 'check'])).err).toContain('.env.example was made of another env.schema.yaml')
    expect((await sluice(['env', 'sync'])).out).toContain('.env.example written')
    expect(await text('.env.example')).toContain('# The first word.')

    await make({ '.env.example': 'MINE=1\n' })
    const own = await sluice(['env', 'sync'])
    expect(own.code).toBe(3)
    expect(await text('.env.example')).toBe('MINE=1\n')
    expect((await sluice(['env', 'sync', '--overwrite'])).code).toBe(0)
    expect(await text('.env.example')).toContain('GREETING=')
  })

  it('prints a table', async () => {
    await make({ 'env.schema.yaml': schema })
    expect((await sluice(['env', 'docs'])).out).toContain('| `GREETING` | First word. | text | yes |')
  })

  it('knows what it can do', async () => {
    const { code, err } = await sluice(['env', 'chek'])
    expect(code).toBe(2)
    expect(err).toContain('sluice env knows check, sync and docs; found "chek"')
  })

  it('says what to do where nothing is declared', async () => {
    await make(express)
    const { code, err } = await sluice(['env', 'check'])
    expect(code).toBe(2)
    expect(err).toMatch(/env\.schema\.yaml is not there.*\n.*sluice init/)
  })
})
