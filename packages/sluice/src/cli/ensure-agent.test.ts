import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { SluiceError } from '../errors.ts'
import type { Hello } from '../server/contract.ts'
import { agentClient } from './agent-client.ts'
import { ensureAgent } from './ensure-agent.ts'
import { type FakeAgent, fakeAgent, helloOf } from './fake-agent.fixture.ts'

/** A second is too short for a busy machine. */
const soon = { timeout: 10_000 }

const program = async () => [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(new URL('agent-program.fixture.ts', import.meta.url)),
]
let home: string
let notices: string[]
const started: number[] = []
const open: FakeAgent[] = []

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sl-'))
  notices = []
})

afterEach(async () => {
  for (const pid of started.splice(0)) process.kill(pid, 'SIGKILL')
  await Promise.all(open.splice(0).map((agent) => agent.close()))
  await rm(home, { recursive: true, force: true })
})

it('starts an agent where none runs, and says so', async () => {
  const hello = await ensured('serve')
  expect(notices).toEqual([
    `No agent was running; started one (pid ${hello.pid}, state in ${home}). Stop everything with: sluice down`,
  ])
})

it('takes the one that runs, in silence', async () => {
  open.push(await fakeAgent({}, home))
  const hello = await agentOf('crash').then((agent) => agent.hello())
  expect(hello?.pid).toBe(process.pid)
  expect(notices).toEqual([])
})

it('starts an agent where a killed one has left its socket', async () => {
  await ensured('serve')
  process.kill(started.splice(0)[0]!, 'SIGKILL')
  await expect.poll(() => agentClient(home).hello(), soon).toBe(null)
  expect(existsSync(join(home, 'agent.sock'))).toBe(true)
  await ensured('serve')
})

it('shows the end of the log when the agent ends at once', async () => {
  await writeFile(join(home, 'agent.log'), 'of an earlier life\n')
  await writeFile(
    join(home, 'agent.failed.json'),
    '{ "code": "STATE_TOO_NEW", "message": "of an earlier life" }',
  )
  const error = await agentOf('crash').catch((caught: SluiceError) => caught)
  expect(error).toMatchObject({
    code: 'AGENT_UNREACHABLE',
    message: 'the agent ended as soon as it was started (exit code 70)',
    details: ['out of luck'],
  })
})

it("shows the agent's own words when it could say why it did not start", async () => {
  await expect(agentOf('explain')).rejects.toThrow(new SluiceError('STATE_TOO_NEW', 'written by 9.9.9'))
})

it('waits for the one that was quicker when two are started at once', async () => {
  const { pid } = await ensured('second')
  expect(pid).toBeGreaterThan(0)
})

it('asks an older agent to hand over, and starts the new one', async () => {
  const old = await fakeAgent(
    { 'GET /v1/hello': { json: { ...helloOf(home), version: '0.0.1' } }, 'POST /v1/handover': { json: {} } },
    home,
  )
  const handedOver = expect.poll(() => old.asked.map(({ what }) => what), soon).toEqual(['POST /v1/handover'])
  const ended = handedOver.then(() => old.close())
  const hello = await ensured('serve')
  await ended
  expect(hello.version).not.toBe('0.0.1')
  expect(notices).toEqual([
    `The agent of version 0.0.1 handed over to ${hello.version} (pid ${hello.pid}); traffic went on.`,
  ])
})

it('refuses to speak to a newer agent that speaks otherwise', async () => {
  open.push(
    await fakeAgent({ 'GET /v1/hello': { json: { ...helloOf(home), protocol: 2, version: '9.0.0' } } }, home),
  )
  await expect(agentOf('serve')).rejects.toThrow(/the agent that runs is of version 9.0.0/)
})

async function ensured(what: string): Promise<Hello> {
  const hello = await (await agentOf(what)).hello()
  started.push(hello!.pid)
  return hello!
}

function agentOf(what: string) {
  const env = { PATH: process.env.PATH, FAKE_AGENT: what }
  return ensureAgent({ home, env, program, notice: (text) => void notices.push(text) })
}
