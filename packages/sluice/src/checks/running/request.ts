import { request as httpRequest } from 'node:http'
import type { Reply, RequestOptions } from './trial.ts'

const MOST_BODY_BYTES = 1024 * 1024
const DEFAULT_TIMEOUT_MS = 5_000

/** One request over a connection of its own, to this machine. Rejects where there is no whole answer in time. */
export function requestOnce(port: number, path: string, options: RequestOptions = {}): Promise<Reply> {
  const { method = 'GET', headers = {}, body, timeoutMs = DEFAULT_TIMEOUT_MS } = options
  const beganAt = performance.now()
  return new Promise((resolve, reject) => {
    const sent = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        headers: { connection: 'close', ...sent, ...headers },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length <= MOST_BODY_BYTES) chunks.push(chunk)
        })
        response.on('error', reject)
        response.on('aborted', () => reject(new Error(`the answer to ${method} ${path} was cut off`)))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(
              Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
            ),
            body: Buffer.concat(chunks).toString('utf8'),
            tookMs: performance.now() - beganAt,
          }),
        )
      },
    )
    const timer = setTimeout(() => {
      request.destroy(new Error(`${method} ${path} was not answered within ${timeoutMs} ms`))
    }, timeoutMs)
    request.on('error', reject)
    request.on('close', () => clearTimeout(timer))
    request.end(body)
  })
}
