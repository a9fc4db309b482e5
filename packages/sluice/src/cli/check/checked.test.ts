import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { keptIo } from '../io.fixture.ts'
import { runProgram } from '../program.ts'

const server =
  "require('node:http').createServer((q, r) => r.end(q.url)).listen(process.env.PORT, process.env.HOST)\n"
const smoke = `
const url = process.env.SLUICE_PREVIEW_URL
fetch(url + '/price').then(async (reply) => process.exit((await reply.text()) === process.env.WANTED ? 0 : 1))
`
const sluiceYaml = (wanted: string) => `app: shop
run: { command: [node, server.js] }
health: { readiness: { path: / } }
env: { WANTED: ${wanted} }
environments: { production: { hooks: { beforeTraffic: [[node, smoke.js]] } }, test: {} }
`

/** An app, and what `sluice check` says of one point of it. */
function app(files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), 'sluice-checked-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const folder = join(root, 'app')
  mkdirSync(folder)
  const write = (more: Record<string, string>) => {
    for (const [path, text] of Object.entries(more)) writeFileSync(join(folder, path), text)
  }
  write({ 'package.json': '{ "name": "shop", "scripts": { "start": "node server.js" } }', ...files })
  return {
    folder,
    write,
    async check(...words: string[]) {
      const io = keptIo({ home: join(root, 'home'), cwd: folder, env: { PATH: process.env.PATH } })
      await runProgram(['check', '--json', '--only', ...words], io)
      return JSON.parse(io.printed().split('\n')[0]!)
    },
  }
}

it('looks for secrets in what was committed and taken out again', async () => {
  const { folder, write, check } = app({ 'server.js': `const id = 'AKIA${'Q3EGRZ7KTWYX2MNP'}'\n` })
  const commit = () => {
    const who = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com']
    execFileSync('git', ['-C', folder, 'add', '--all'])
    execFileSync('git', ['-C', folder, ...who, 'commit', '--quiet', '--message', 'x'])
  }
  execFileSync('git', ['-C', folder, 'init', '--quiet'])
  commit()
  write({ 'server.js': server })
  commit()
  const finding = await check('APP-03')
  expect(finding).toMatchObject({ status: 'fail', says: expect.stringContaining('(server.js:1)') })
})

it('runs the smoke test of production against a copy where it may run commands and start one, and keeps what it saw', async () => {
  const { write, check } = app({
    'server.js': server,
    'smoke.js': smoke,
    'sluice.yaml': sluiceYaml('/price'),
  })
  expect(await check('MON-10', '--run', '--probe')).toMatchObject({
    status: 'pass',
    says: 'the smoke test is green against a copy of the app',
  })
  expect((await check('MON-10', '--run')).status).toBe('pass')
  write({ 'sluice.yaml': sluiceYaml('/other') })
  expect((await check('MON-10')).status).toBe('warn')
  expect((await check('MON-10', '--run', '--probe')).status).toBe('fail')
})
