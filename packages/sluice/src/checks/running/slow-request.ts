import { Agent, request as httpRequest } from 'node:http'

/** How a request ended that was held open. */
export type SlowReply = { status: number; body: string } | { status: null; why: string }

/** A request whose last byte is held back, so that the app is in the middle of it. */
export interface SlowRequest {
  /** Null as long as it is not over: neither answered to the end nor cut. */
  over(): SlowReply | null
  /** Sends what is missing, and waits for the whole answer. */
  finish(): Promise<SlowReply>
}

export interface SlowOptions {
  method: string
  path: string
  headers?: Record<string, string>
  /** All of it but the last byte is sent at once; without one the request is whole from the beginning. */
  body?: string
  /** From its begin to the end of its answer; default 20,000. */
  timeoutMs?: number
}

/** Begins a request to this machine, over a connection of its own. */
export function beginSlowRequest(port: number, options: SlowOptions): SlowRequest {
  const { method, path, headers = {}, body = '', timeoutMs = 20_000 } = options
  const bytes = Buffer.from(body)
  let over: SlowReply | null = null
  const length = bytes.length === 0 ? {} : { 'content-length': String(bytes.length) }
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: { ...length, ...headers },
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  })
  const reply = new Promise<SlowReply>((resolve) => {
    const end = (how: SlowReply) => {
      over ??= how
      resolve(over)
    }
    const cut = (error: NodeJS.ErrnoException) => end({ status: null, why: error.code ?? error.message })
    request.on('error', cut)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', cut)
      response.on('end', () =>
        end({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      )
    })
  })
  if (bytes.length === 0) request.end()
  else request.write(bytes.subarray(0, -1))
  return {
    over: () => over,
    finish() {
      if (over === null && bytes.length > 0) request.end(bytes.subarray(-1))
      return reply
    },
  }
}

/** A connection that has had its answer and stays open with nothing to do, as those of a proxy are. Resolves to its end. */
export async function openIdleConnection(port: number, path: string): Promise<() => void> {
  const agent = new Agent({ keepAlive: true })
  await new Promise<void>((resolve) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.resume()
      response.on('close', resolve)
    })
    request.on('error', () => resolve())
    request.end()
  })
  return () => agent.destroy()
}
