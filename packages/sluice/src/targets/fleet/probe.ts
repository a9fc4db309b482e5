import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Probe } from '../target.ts'
import type { Address } from './body.ts'

/** How much of an answer's body is read: enough to show why it failed, too little to hurt. */
const BODY_LIMIT = 64 * 1024
const SHOWN_BODY = 200

/** What an instance said. */
export interface ProbeAnswer {
  isOk: boolean
  /** For a person: `connection refused`, `503: database is away`, `no answer within 1 s`. */
  found: string
}

/** Asks once: GET, or a TCP connection where the probe has no path. Never throws, never takes longer than the probe's timeout. */
export function ask({ host, port }: Address, probe: Probe): Promise<ProbeAnswer> {
  const address = { host, port: probe.port ?? port }
  const answer = probe.path === undefined ? connectTo(address, probe) : getPath(address, probe.path, probe)
  // Such as a path that cannot be sent.
  return answer.catch(broken)
}

/** `GET http://127.0.0.1:41807/readyz to answer 2xx or 3xx`. */
export function wantedAt({ host, port: own }: Address, probe: Probe): string {
  const port = probe.port ?? own
  return probe.path === undefined
    ? `a TCP connection to ${host}:${port} to be accepted`
    : `GET http://${host}:${port}${probe.path} to answer 2xx or 3xx`
}

function getPath({ host, port }: Address, path: string, { timeoutMs }: Probe): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const headers = { 'user-agent': 'sluice-probe' }
    const request = get({ host, port, path, headers, agent: false })
    const timer = setTimeout(() => {
      resolve(silence(timeoutMs))
      request.destroy()
    }, timeoutMs)
    request.once('response', (response) => readAnswer(request, response, resolve))
    request.on('error', (error) => resolve(broken(error)))
    request.once('close', () => clearTimeout(timer))
  })
}

/** A good head is the answer; of a bad one the body is shown too. */
function readAnswer(
  request: ClientRequest,
  response: IncomingMessage,
  resolve: (answer: ProbeAnswer) => void,
) {
  const status = response.statusCode ?? 0
  const isOk = status >= 200 && status < 400
  if (isOk) resolve({ isOk, found: String(status) })
  let body = ''
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    if (body.length < SHOWN_BODY) body += chunk.toString()
    bytes += chunk.length
    if (bytes > BODY_LIMIT) request.destroy()
  })
  response.on('error', () => {})
  response.once('close', () => {
    const shown = body.trim().replace(/\s+/g, ' ').slice(0, SHOWN_BODY)
    resolve({ isOk, found: shown === '' ? String(status) : `${status}: ${shown}` })
  })
}

function connectTo({ host, port }: Address, { timeoutMs }: Probe): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    const timer = setTimeout(() => socket.destroy(), timeoutMs)
    socket.once('connect', () => {
      resolve({ isOk: true, found: 'accepted' })
      socket.destroy()
    })
    socket.on('error', (error) => resolve(broken(error)))
    socket.once('close', () => {
      clearTimeout(timer)
      resolve(silence(timeoutMs))
    })
  })
}

function silence(timeoutMs: number): ProbeAnswer {
  return { isOk: false, found: `no answer within ${timeoutMs / 1000} s` }
}

function broken(error: NodeJS.ErrnoException): ProbeAnswer {
  const known: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'the connection was closed without an answer',
  }
  return { isOk: false, found: known[error.code ?? ''] ?? error.message }
}
