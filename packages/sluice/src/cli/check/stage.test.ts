import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import type { Look } from '../../checks/look/look.ts'
import { lookAt, lookAtMember } from '../../checks/look.fixture.ts'
import { openTrial } from '../../checks/running/open-trial.ts'
import type { Trial } from '../../checks/running/trial.ts'
import { openStage } from './stage.ts'

// It answers what it finds in its environment, and says goodbye.
const server = `
const { connect } = require('node:net')
if (!process.env.GREETING) { console.error('GREETING is not set'); process.exit(3) }
const server = require('node:http').createServer((request, response) => {
  if (request.url !== '/cache') return response.end(request.url === '/readyz' ? 'ok' : process.env.GREETING)
  const { hostname, port } = new URL(process.env.CACHE_URL)
  const socket = connect(Number(port), hostname)
  socket.on('connect', () => { response.end('there'); socket.destroy() })
  socket.on('error', () => response.end('gone'))
  socket.on('close', () => response.end('gone'))
})
server.listen(process.env.PORT, process.env.HOST, () => console.log('listening'))
process.once('SIGTERM', () => { console.log('goodbye'); server.close(); server.closeAllConnections() })
`
const sluiceYaml = (env: string) => `app: shop
run: { command: [node, server.js] }
health: { readiness: { path: /readyz } }
env: { schema: ./env.schema.yaml }
environments:
  test:
    env: ${env}
`
const schema = (required: string) =>
  `type: object\nrequired: [${required}]\nproperties:\n  GREETING: { type: string, minLength: 30 }\n  CACHE_URL: { type: string }\n  CORS_ORIGINS: { type: string }\n`

/** A trial in the environment `test`, which ends with the test. */
async function onStage(look: Look): Promise<{ trial: Trial; madeUp: string[] }> {
  const stage = await openStage(look, look.config!.environments.test!, {
    env: process.env,
    signal: new AbortController().signal,
  })
  const trial = openTrial(stage)
  onTestFinished(async () => {
    await trial.close()
    await stage.close()
  })
  return { trial, madeUp: stage.madeUp }
}

/** An app of a few words, with how it is told to start. */
async function shellStage(script: string, command: string): Promise<Trial> {
  const yaml = `app: shop\nrun: { command: '${command}', grace: 4s }\nhealth: { readiness: { path: / } }\nenvironments: { test: {} }\n`
  const look = await lookAt({ 'server.js': script, 'sluice.yaml': yaml })
  return (await onStage(look)).trial
}

async function stageOf(env: string, required = 'GREETING'): Promise<{ trial: Trial; madeUp: string[] }> {
  const look = await lookAt({
    'server.js': server,
    'sluice.yaml': sluiceYaml(env),
    'env.schema.yaml': schema(required),
  })
  return onStage(look)
}

it('starts a copy of the app like an instance, and ends it with a signal', async () => {
  const { trial } = await stageOf('{ GREETING: hello }')
  const app = await trial.app()
  expect((await trial.request(app, '/')).body).toBe('hello')
  expect(app.isRunning()).toBe(true)
  const { code, signal, afterMs } = await app.stop()
  expect([code, signal, afterMs < 5_000]).toEqual([0, null, true])
  expect(app.isRunning()).toBe(false)
  expect(app.printed()).toEqual([
    { stream: 'stdout', line: 'listening' },
    { stream: 'stdout', line: 'goodbye' },
  ])
})

it('says how one ended that did not start, and what it printed', async () => {
  const { trial } = await stageOf('{ GREETING: hello }')
  const start = await trial.start({ without: ['GREETING'] })
  expect(start).toMatchObject({
    isReady: false,
    ended: { code: 3 },
    printed: [{ stream: 'stderr', line: 'GREETING is not set' }],
    why: expect.stringMatching(/^it ended with exit code 3 after/),
  })
})

it('makes up what nobody has set and the schema wants', async () => {
  const { trial, madeUp } = await stageOf('{ }')
  expect(madeUp).toEqual(['GREETING'])
  const { body } = await trial.request(await trial.app(), '/')
  expect(body).toMatch(/^made-up-for-a-trial.{11,}$/)
})

it('puts what it depends on behind a relay that can be cut', async () => {
  const cache = createServer()
  cache.listen(0, '127.0.0.1')
  await once(cache, 'listening')
  onTestFinished(() => void cache.close())
  const { port } = cache.address() as { port: number }
  const { trial } = await stageOf(`{ GREETING: hello, CACHE_URL: "redis://127.0.0.1:${port}" }`)
  const app = await trial.app()
  const [dependency] = await trial.dependencies()
  expect(dependency).toMatchObject({ variable: 'CACHE_URL', kind: 'redis' })
  expect((await trial.request(app, '/cache')).body).toBe('there')
  dependency!.cut()
  expect((await trial.request(app, '/cache')).body).not.toBe('there')
  dependency!.restore()
  expect((await trial.request(app, '/cache')).body).toBe('there')
})

it('never leads an app to another machine', async () => {
  const refused = stageOf('{ GREETING: hello, CACHE_URL: "redis://:secret@cache.example.com:6379" }')
  await expect(refused).rejects.toThrow(
    'CACHE_URL of test leads to another machine, and a trial stays on this one',
  )
  await expect(refused).rejects.not.toThrow('secret')
})

it('leaves nothing behind', async () => {
  const look = await lookAt({
    'server.js': server,
    'sluice.yaml': sluiceYaml('{ GREETING: hello }'),
    'env.schema.yaml': schema(''),
  })
  const stage = await openStage(look, look.config!.environments.test!, {
    env: process.env,
    signal: new AbortController().signal,
  })
  const trial = openTrial(stage)
  const { body } = await trial.request(await trial.app(), '/')
  expect(body).toBe('hello')
  await trial.close()
  await stage.close()
  expect(existsSync(stage.folder)).toBe(false)
  await expect(fetch((await trial.app()).url)).rejects.toThrow()
})

const listening =
  "require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT)\n"

it.each([
  ['ends with a code of its own', "process.on('SIGTERM', () => process.exit(7))", { code: 7, signal: null }],
  ['does not heed the signal', "process.on('SIGTERM', () => {})", { code: null, signal: 'SIGKILL' }],
  ['has no handler', '', { code: 143, signal: null }],
])('tells how one ended that a shell has started and that %s', async (_, handler, how) => {
  const trial = await shellStage(listening + handler, 'node server.js')
  expect(await (await trial.app()).stop()).toMatchObject(how)
})

it('says what readiness answered to the end where it never became ready', async () => {
  const script =
    "require('node:http').createServer((_, response) => response.writeHead(503).end('no database')).listen(process.env.PORT)"
  const yaml =
    'app: shop\nrun: { command: [node, server.js] }\nhealth: { readiness: { path: /readyz }, startup: { period: 100ms, failures: 40 } }\nenvironments: { test: {} }\n'
  const look = await lookAt({ 'server.js': script, 'sluice.yaml': yaml })
  const stage = await openStage(look, look.config!.environments.test!, {
    env: process.env,
    signal: new AbortController().signal,
  })
  onTestFinished(() => stage.close())
  const start = await stage.start({})
  expect(start).toMatchObject({
    isReady: false,
    ended: null,
    why: expect.stringMatching(/^it was not ready after .*GET \/readyz: .*503/),
  })
})

it('tells what commands beside the app are given: its values, and no secrets', async () => {
  const { trial } = await stageOf('{ GREETING: hello, CACHE_URL: { file: ./cache-url } }')
  expect(trial.plainEnv).toEqual({ GREETING: 'hello' })
})

it('lets addresses stand that an app only compares or links', async () => {
  const { trial } = await stageOf('{ GREETING: hello, CORS_ORIGINS: "https://shop.example.com" }')
  expect((await trial.app()).isRunning()).toBe(true)
})

it('starts a member of a workspace from where all of that begins, also where sluice.yaml leaves the commands out', async () => {
  const look = await lookAtMember('apps/api', {
    'package.json': { workspaces: ['apps/*', 'packages/*'] },
    'apps/api/package.json': { scripts: { start: 'node server.js' } },
    'apps/api/server.js': server.replace("'ok'", "require('../../packages/words/index.js')"),
    'apps/api/sluice.yaml':
      'app: shop\nbuild: { context: ../.. }\nhealth: { readiness: { path: /readyz } }\nenvironments: { test: { target: docker, env: { GREETING: hello } } }\n',
    'packages/words/package.json': { name: 'words' },
    'packages/words/index.js': "module.exports = 'of the workspace'\n",
  })
  const { trial } = await onStage(look)
  expect((await trial.request(await trial.app(), '/readyz')).body).toBe('of the workspace')
})
