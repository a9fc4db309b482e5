import type { Socket } from 'node:net'

/** A table of a thousand environments has about one megabyte; more than this is not one of ours. */
const longestLine = 64 * 1024 * 1024

/** Calls `onValue` for every line; one that is no JSON object, or is too long, destroys the socket. */
export function readJsonLines(socket: Socket, onValue: (value: object) => void): void {
  let parts: string[] = []
  let length = 0
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const lines = chunk.split('\n')
    for (const [place, text] of lines.entries()) {
      parts.push(text)
      length += text.length
      if (length > longestLine)
        return void socket.destroy(new Error('a line on the control socket is too long'))
      if (place === lines.length - 1) break
      const line = parts.join('')
      parts = []
      length = 0
      const value = parse(line)
      if (value === undefined)
        return void socket.destroy(new Error('a line on the control socket is no JSON object'))
      onValue(value)
    }
  })
}

/** Writes one line; to a socket that is gone it writes nothing. */
export function writeJsonLine(socket: Socket, value: unknown): void {
  if (socket.writable) socket.write(`${JSON.stringify(value)}\n`)
}

function parse(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
