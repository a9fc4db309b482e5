import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ErrorFacts } from '../errors.ts'
import type { Hello } from '../server/contract.ts'
import { homeOf } from '../server/home.ts'
import { ownVersion } from './version.ts'

/** What is answered: a body, an error, or a stream that ends, breaks off, or stays open. */
export type Answer =
  | { json: object }
  | { status: number; error: ErrorFacts }
  | { lines: object[]; ending?: 'end' | 'break' | 'stay' }

/** By `METHOD /path`, without the query. Several answers are given in turn, the last one for ever. */
export type Routes = Record<string, Answer | Answer[]>

export interface Asked {
  what: string
  query: string
  body: unknown
}

/** An agent that speaks the contract's HTTP on a real socket and says what it was told to say. */
export interface FakeAgent {
  home: string
  asked: Asked[]
  close(): Promise<void>
}

/** Listens in `home`, or in a new folder that `close` removes. */
export async function fakeAgent(routes: Routes, home?: string): Promise<FakeAgent> {
  const folder = home ?? (await mkdtemp(join(tmpdir(), 'sl-')))
  const asked: Asked[] = []
  const all: Routes = { 'GET /v1/hello': { json: helloOf(folder) }, ...routes }
  const turns = new Map<string, number>()
  const server = createServer(async (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const what = `${request.method} ${path}`
    if (path !== '/v1/hello') asked.push({ what, query, body: await bodyOf(request) })
    const answers = [all[what] ?? notFound(what)].flat()
    const turn = turns.get(what) ?? 0
    turns.set(what, turn + 1)
    give(response, answers[Math.min(turn, answers.length - 1)]!)
  })
  await listen(server, homeOf(folder).agentSocket)
  return {
    home: folder,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      if (home === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

export function helloOf(home: string): Hello {
  const listen = { host: '127.0.0.1', port: 8080 }
  return { protocol: 1, version: ownVersion(), pid: process.pid, home, startedAt: 0, listen }
}

function give(response: ServerResponse, answer: Answer): void {
  if ('json' in answer) response.end(JSON.stringify(answer.json))
  else if ('error' in answer) response.writeHead(answer.status).end(JSON.stringify({ error: answer.error }))
  else giveLines(response, answer.lines, answer.ending ?? 'end')
}

function giveLines(response: ServerResponse, lines: object[], ending: 'end' | 'break' | 'stay'): void {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  if (ending === 'end') response.end(text)
  else response.write(text, () => ending === 'break' && response.destroy())
}

function notFound(what: string): Answer {
  return {
    status: 404,
    error: { code: 'BUG', message: `the fake agent was not told what to say to ${what}` },
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text === '' ? null : JSON.parse(text)
}

function listen(server: Server, socket: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(socket, resolve)
  return promise
}
