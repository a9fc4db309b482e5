import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

export type LoadMethod = 'GET' | 'POST'

export type LoadFailureKind = 'refused' | 'reset' | 'timeout' | 'truncated' | 'badAnswer'

/** A complete answer, whatever its status. */
export interface LoadAnswer {
  method: LoadMethod
  status: number
  headers: IncomingMessage['headers']
  /** At most its first 64 kB. */
  body: string
  /** What was sent with it; empty for GET. */
  sent: string
}

/** What became of one request. */
export type Outcome =
  | { kind: 'answered'; answer: LoadAnswer }
  | { kind: 'failed'; failure: LoadFailureKind; detail: string }
  /** The server closed a kept-alive connection while it was idle, just as the request went out: nobody has read it. */
  | { kind: 'stale'; detail: string }
  /** This machine had no port or descriptor left, so the server never heard of it. */
  | { kind: 'notSent'; detail: string }

export interface Exchange {
  /** Where it goes, taken apart once for all requests. */
  hostname: string
  port: number
  path: string
  method: LoadMethod
  /** The Host header, where it is not that of the address. */
  host: string | undefined
  body: string
  agent: Agent
  /** From the request's start to the last byte of its answer. */
  timeoutMs: number
}

const KEPT_BODY_BYTES = 64 * 1024
/** A timer that is later than this was not late by itself. */
const STOOD_STILL_MS = 200

/** Sends one request and tells exactly what became of it. Never rejects. */
export function exchange(wanted: Exchange): Promise<Outcome> {
  return new Promise((resolve) => {
    const { hostname, port, path, method, agent } = wanted
    const request = httpRequest({ hostname, port, path, method, agent, headers: headersOf(wanted) })
    let socket: Socket | undefined
    let bytesBefore = 0
    const answerHasBegun = () => socket !== undefined && socket.bytesRead > bytesBefore

    const callOff = afterTime(wanted.timeoutMs, () => {
      settle({ kind: 'failed', failure: 'timeout', detail: `no whole answer within ${wanted.timeoutMs} ms` })
      request.destroy()
    })

    function settle(outcome: Outcome): void {
      callOff()
      resolve(outcome)
    }

    request.on('socket', (given) => {
      socket = given
      bytesBefore = given.bytesRead
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && isClosing(error) && !answerHasBegun()
      const detail = `${error.code ?? error.name}: ${error.message}`
      settle(isStale ? { kind: 'stale', detail } : failureOf(error.code ?? '', detail, answerHasBegun()))
    })
    request.on('response', (response) => {
      readBody(response, (body) => {
        if (body === null)
          settle({ kind: 'failed', failure: 'truncated', detail: 'the answer ended too early' })
        else settle({ kind: 'answered', answer: answerOf(wanted, response, body) })
      })
    })
    request.end(wanted.body)
  })
}

/**
 * Runs once this process has had so much time to read answers: for as long as it stood still itself, with its machine or alone,
 * nobody kept it waiting. Answers a function that calls it off.
 */
function afterTime(ms: number, run: () => void): () => void {
  const dueMs = performance.now() + ms
  let timer = setTimeout(() => {
    const lateMs = performance.now() - dueMs
    if (lateMs > STOOD_STILL_MS) timer = setTimeout(run, Math.min(lateMs, ms))
    else run()
  }, ms)
  return () => clearTimeout(timer)
}

function headersOf({ host, method, body }: Exchange): Record<string, string | number> {
  return {
    ...(host === undefined ? {} : { host }),
    ...(method === 'GET' ? {} : { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) }),
  }
}

function readBody(response: IncomingMessage, done: (body: string | null) => void): void {
  const chunks: Buffer[] = []
  let kept = 0
  response.on('data', (chunk: Buffer) => {
    if (kept >= KEPT_BODY_BYTES) return
    chunks.push(chunk)
    kept += chunk.length
  })
  response.on('end', () => done(Buffer.concat(chunks).toString('utf8', 0, KEPT_BODY_BYTES)))
  // Without a listener the cut would be thrown; `close` follows and tells it.
  response.on('error', () => {})
  response.on('close', () => {
    if (!response.complete) done(null)
  })
}

function answerOf({ method, body: sent }: Exchange, response: IncomingMessage, body: string): LoadAnswer {
  return { method, status: response.statusCode ?? 0, headers: response.headers, body, sent }
}

function isClosing(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE'
}

function failureOf(code: string, detail: string, answerHasBegun: boolean): Outcome {
  if (code === 'EADDRNOTAVAIL' || code === 'EMFILE' || code === 'ENOBUFS') return { kind: 'notSent', detail }
  return { kind: 'failed', failure: failureKindOf(code, answerHasBegun), detail }
}

function failureKindOf(code: string, answerHasBegun: boolean): LoadFailureKind {
  if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') return 'badAnswer'
  if (answerHasBegun) return 'truncated'
  if (code === 'ECONNREFUSED') return 'refused'
  if (code === 'ETIMEDOUT') return 'timeout'
  return 'reset'
}
