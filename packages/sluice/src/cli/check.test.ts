import { mkdir, readFile, writeFile } from 'node:fs/promises'
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

const app = {
  'package.json': JSON.stringify({
    name: 'shop',
    scripts: { start: 'node server.js' },
    dependencies: { express: '^5.0.0' },
  }),
  'server.js': "require('node:http').createServer((q, r) => r.end('ok')).listen(process.env.PORT)\n",
  'sluice.yaml': 'app: shop\nrun: { command: node server.js }\n',
}

async function make(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true })
    await writeFile(join(folder.path, path), text)
  }
}

async function sluice(...args: string[]) {
  const io = keptIo({ home: join(folder.path, '.home'), cwd: folder.path })
  const code = await runProgram(args, io)
  return { code, out: io.printed(), err: io.complained() }
}

describe('sluice check', () => {
  it('says what does not hold, where that is seen, and what to do', async () => {
    await make(app)
    const { code, out } = await sluice('check', '--only', 'APP-11', '--tier', 'B')
    expect(code).toBe(3)
    expect(out).toContain(
      '✗ APP-11  exactly one lockfile is there, and it is in step with the manifest  blocks',
    )
    expect(out).toContain('there is no lockfile')
    expect(out).toContain('→ Install once')
    expect(out).toContain('✗ 1 check blocks in tier B: APP-11')
  })

  it('asks for less in a lower tier', async () => {
    await make(app)
    const { code, out } = await sluice('check', '--only', 'APP-11')
    expect(code).toBe(0)
    expect(out).toContain('✓ nothing blocks in tier C')
  })

  it('ends with 14 where what has to hold is not known, and nothing is known not to', async () => {
    await make({ ...app, 'package-lock.json': '{ "lockfileVersion": 1 }' })
    expect((await sluice('check', '--only', 'APP-11', '--tier', 'B')).code).toBe(14)
  })

  it('lets one pass for a while, and says so', async () => {
    const lenient =
      'check:\n  tier: B\n  lenient:\n    APP-11: { reason: moving to pnpm, owner: Ann, expires: 2000-01-01 }\n'
    await make({ ...app, 'sluice.yaml': `${app['sluice.yaml']}${lenient}` })
    const { code, out } = await sluice('check', '--only', 'APP-11')
    expect(code).toBe(0)
    expect(out).toContain('does not block: moving to pnpm (Ann, until 2000-01-01)')
  })

  it('writes what other programs read', async () => {
    await make(app)
    const sarif = await sluice('check', '--only', 'APP-11', '--format', 'sarif', '--output', 'out.sarif')
    expect(sarif.err).toContain('out.sarif written')
    expect(JSON.parse(await readFile(join(folder.path, 'out.sarif'), 'utf8')).runs[0].results[0].ruleId).toBe(
      'APP-11',
    )
    const lines = (await sluice('check', '--only', 'APP-11', '--json')).out.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).kind)).toEqual(['finding', 'score'])
  })

  it('says what can be said of an app that cannot be built, and why it cannot', async () => {
    const yaml =
      'app: shop\nbuild: { command: echo no such package; exit 1 }\nrun: { command: node server.js }\n'
    await make({ ...app, 'sluice.yaml': yaml })
    const { code, out, err } = await sluice('check', '--only', 'APP-08,APP-11', '--probe')
    expect(code).toBe(14)
    expect(err).toContain('the app cannot be built: "echo no such package; exit 1" exited with code 1')
    expect(err).toContain('    no such package')
    expect(out).toContain('the app did not start: it cannot be built')
    expect(out).toContain('there is no lockfile')
  })

  it('writes what generators can, leaves what is yours, and says what holds then', async () => {
    await make({ ...app, 'ops/on-call.yaml': 'owner: me\n' })
    const { out, err } = await sluice('check', '--only', 'OPS-08,OPS-09,INF-04', '--fix')
    expect(err).toContain('ops/runbook.md written')
    expect(err).toContain('ops/on-call.yaml is yours, and is left as it is')
    expect(await readFile(join(folder.path, 'ops/on-call.yaml'), 'utf8')).toBe('owner: me\n')
    expect(err).not.toContain('kubernetes')
    expect(out).toContain('! OPS-08')
    expect((await sluice('check', '--only', 'APP-11', '--fix')).err).toContain(
      'nothing of what is open can be written',
    )
  })

  it.each([
    [['check', '--only', 'APP-99'], 'there is no check "APP-99"'],
    [['check', 'nowhere'], 'there is no folder'],
    [['check', '--tier', 'D'], 'Allowed choices are A, B, C'],
  ])('refuses %j with a sentence', async (args, says) => {
    await make(app)
    const { code, err } = await sluice(...args)
    expect(code).toBe(2)
    expect(err).toContain(says)
  })

  it('says of a folder with several apps which there are', async () => {
    const manifest = (name: string) => JSON.stringify({ name, scripts: { start: 'node server.js' } })
    await make({ 'apps/web/package.json': manifest('web'), 'apps/api/package.json': manifest('api') })
    const { code, err } = await sluice('check')
    expect(code).toBe(2)
    expect(err).toMatch(/there are several apps in .*apps\/api, apps\/web/)
  })
})

describe('a gate before deploy', () => {
  const gated = (tier: string) => `${app['sluice.yaml']}check: { tier: ${tier}, gate: true }\n`

  it('refuses a folder whose checks block, and starts no agent', async () => {
    await make({ ...app, 'sluice.yaml': gated('B') })
    const { code, err } = await sluice('deploy')
    expect(code).toBe(3)
    expect(err).toMatch(/checks? blocks? in tier B, and check\.gate in sluice\.yaml lets nothing pass then/)
    expect(err).toContain('APP-11')
    expect(err).toContain('there is no lockfile')
  })
})
