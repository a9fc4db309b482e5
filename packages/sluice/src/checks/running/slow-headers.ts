import { connect } from 'node:net'

/** How a client fared that never comes to the end of its headers. */
export interface SlowHeaders {
  /** Null where it was still held at the end. */
  cutAfterMs: number | null
  /** The first line that it was told, such as `HTTP/1.1 408 Request Timeout`; empty where it was told nothing. */
  told: string
}

/** Sends a header every `everyMs` to this machine for at most `forMs`, and never the empty line that ends them. */
export function sendSlowHeaders(port: number, forMs: number, everyMs = 1_000): Promise<SlowHeaders> {
  const beganAt = performance.now()
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    let told = ''
    const end = (cutAfterMs: number | null) => {
      clearInterval(sending)
      clearTimeout(limit)
      socket.destroy()
      resolve({ cutAfterMs, told: told.split('\r\n')[0]! })
    }
    const cut = () => end(performance.now() - beganAt)
    const sending = setInterval(() => socket.write('X-Slow: 1\r\n'), everyMs)
    const limit = setTimeout(() => end(null), forMs)
    socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`)
    socket.on('data', (chunk) => {
      told += chunk.toString('latin1')
    })
    socket.on('error', cut)
    socket.on('close', cut)
  })
}
