import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { agentClient } from './agent-client.ts'

let home: string
let answer: (response: ServerResponse) => void
const server = createServer((_, response) => answer(response))

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sl-'))
  await new Promise<void>((resolve) => server.listen(join(home, 'agent.sock'), resolve))
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(home, { recursive: true, force: true })
})

it('puts a line together that comes in pieces', async () => {
  let sendRest = () => {}
  answer = (response) => {
    response.write('{"n":1}\n{"n"')
    sendRest = () => response.end(':2}\n')
  }
  const seen: unknown[] = []
  for await (const line of agentClient(home).stream({ path: '/v1/x' })) {
    seen.push(line)
    sendRest()
  }
  expect(seen).toEqual([{ n: 1 }, { n: 2 }])
})

it("throws the agent's own error, with what can be done about it", async () => {
  answer = (response) => {
    const error = { code: 'NO_ROLLOUT', message: 'no rollout is under way', todo: 'sluice history' }
    response.writeHead(409).end(JSON.stringify({ error }))
  }
  await expect(agentClient(home).get({ path: '/v1/x' })).rejects.toMatchObject({
    code: 'NO_ROLLOUT',
    todo: 'sluice history',
    exitCode: 3,
  })
})

it('calls an answer that is no error of ours a bug, with what it said', async () => {
  answer = (response) => response.writeHead(500).end('Internal Server Error')
  await expect(agentClient(home).get({ path: '/v1/x' })).rejects.toMatchObject({
    code: 'BUG',
    details: ['Internal Server Error'],
  })
})

it('names the agent that takes a connection and says nothing, and how it is ended', async () => {
  answer = () => {}
  await writeFile(join(home, 'agent.json'), '{"pid":4711}')
  await expect(agentClient(home, 100).hello()).rejects.toMatchObject({
    code: 'AGENT_UNREACHABLE',
    message: 'the agent (pid 4711) did not answer within 0.1 s',
    todo: expect.stringContaining('kill -9 4711'),
  })
})

it('says that the agent does not answer when it goes away in the middle', async () => {
  answer = (response) => response.write('{"n":1}\n', () => response.destroy())
  const reading = (async () => {
    for await (const _ of agentClient(home).stream({ path: '/v1/x' }));
  })()
  await expect(reading).rejects.toMatchObject({ code: 'AGENT_UNREACHABLE' })
})
