import { readFileSync } from 'node:fs'
import { type IncomingMessage, type RequestOptions, request } from 'node:http'
import { type ErrorFacts, SluiceError } from '../errors.ts'
import type { Hello } from '../server/contract.ts'
import { homeOf } from '../server/home.ts'

/** A question to the agent. `query` values that are undefined are left out. */
export interface Question {
  path: string
  query?: Record<string, string | number | undefined>
  signal?: AbortSignal
}

/** The agent of one SLUICE_HOME. Everything throws the agent's own SluiceErrors, and AGENT_UNREACHABLE. */
export interface AgentClient {
  home: string
  /** Null where no agent answers. */
  hello(): Promise<Hello | null>
  get<Answer>(question: Question): Promise<Answer>
  post<Answer>(question: Question & { body: object }): Promise<Answer>
  /** One value for each line, until the agent ends the stream. With a body it is a POST. */
  stream<Line>(question: Question & { body?: object }): AsyncIterable<Line>
}

/**
 * Speaks HTTP on the home's socket; connects anew for every question, so nothing has to be closed. An agent that is
 * asked whether it is there answers at once, or after `helloLimitMs` it is not well.
 */
export function agentClient(home: string, helloLimitMs = 5_000): AgentClient {
  const { agentSocket } = homeOf(home)

  async function ask(method: 'GET' | 'POST', { path, query, signal, body }: Question & { body?: object }) {
    const options = {
      socketPath: agentSocket,
      path: pathWith(path, query),
      method,
      ...(signal && { signal }),
    }
    const answer = await exchange(options, body)
    if (answer.statusCode !== undefined && answer.statusCode < 400) return answer
    throw errorOf(await textOf(answer), answer.statusCode)
  }

  async function askJson<Answer>(
    method: 'GET' | 'POST',
    question: Question & { body?: object },
  ): Promise<Answer> {
    const text = await textOf(await ask(method, question))
    return (text === '' ? {} : JSON.parse(text)) as Answer
  }

  return {
    home,
    get: (question) => askJson('GET', question),
    post: (question) => askJson('POST', question),

    async hello() {
      const signal = AbortSignal.timeout(helloLimitMs)
      try {
        return await askJson<Hello>('GET', { path: '/v1/hello', signal })
      } catch (error) {
        if (signal.aborted) throw unresponsive(home, helloLimitMs, error)
        if (isAbsence(error)) return null
        throw error
      }
    },

    async *stream<Line>(question: Question & { body?: object }) {
      const answer = await ask(question.body === undefined ? 'GET' : 'POST', question)
      yield* linesOf(answer) as AsyncIterable<Line>
    },
  }
}

/** True for an error that says that the agent is gone, so that it can be looked for again. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'AGENT_UNREACHABLE'
}

function exchange(options: RequestOptions, body: object | undefined): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const headers = { connection: 'close', ...(body && { 'content-type': 'application/json' }) }
  const asking = request({ ...options, headers, agent: false }, resolve)
  asking.on('error', (cause) => reject(unreachable(cause)))
  asking.end(body && JSON.stringify(body))
  return promise
}

async function* linesOf(answer: IncomingMessage): AsyncIterable<unknown> {
  let rest = ''
  for await (const chunk of chunksOf(answer)) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) if (line !== '') yield JSON.parse(line)
  }
}

async function* chunksOf(answer: IncomingMessage): AsyncIterable<string> {
  answer.setEncoding('utf8')
  try {
    for await (const chunk of answer) yield chunk
  } catch (cause) {
    throw unreachable(cause)
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of chunksOf(answer)) text += chunk
  return text
}

function errorOf(text: string, status: number | undefined): SluiceError {
  try {
    const { error } = JSON.parse(text) as { error: ErrorFacts }
    return SluiceError.from(error)
  } catch (cause) {
    return new SluiceError('BUG', `the agent answered ${status} without saying why`, {
      details: text.split('\n').slice(0, 10),
      cause,
    })
  }
}

function unreachable(cause: unknown): SluiceError {
  const found = cause instanceof Error ? cause.message : String(cause)
  return new SluiceError('AGENT_UNREACHABLE', `the agent does not answer: ${found}`, { cause })
}

// Somebody took the connection and said nothing: stopped, swapped out, or busy beyond measure.
function unresponsive(home: string, limitMs: number, cause: unknown): SluiceError {
  const { agentPidFile, agentLog } = homeOf(home)
  const pid = pidIn(agentPidFile)
  const who = pid === null ? 'the agent' : `the agent (pid ${pid})`
  const end =
    pid === null ? '' : `\nend it             kill -9 ${pid} (traffic goes on, and it is started again)`
  return new SluiceError('AGENT_UNREACHABLE', `${who} did not answer within ${limitMs / 1_000} s`, {
    todo: `see what it says   ${agentLog}${end}`,
    cause,
  })
}

function pidIn(file: string): number | null {
  try {
    return Number(JSON.parse(readFileSync(file, 'utf8')).pid) || null
  } catch {
    return null
  }
}

// A socket that is not there, that nobody listens on any more, or whose listener is just ending.
function isAbsence(error: unknown): boolean {
  if (!isUnreachable(error)) return false
  const cause = (error as SluiceError).cause as NodeJS.ErrnoException
  return ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(cause.code ?? '')
}

function pathWith(path: string, query: Question['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  )
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}
