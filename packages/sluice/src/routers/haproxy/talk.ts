import { createConnection } from 'node:net'
import { SluiceError } from '../../errors.ts'

/** Says one command to a worker and answers what it says to that. */
export type Talk = (command: string) => Promise<string>

/** Commands over one of HAProxy's sockets, each on a connection of its own. Throws PROXY_UNREACHABLE. */
export function talkTo(socket: string, withinMs: number, prefix = ''): Talk {
  return (command) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const connection = createConnection(socket)
    const parts: Buffer[] = []
    const fail = (why: string, cause?: unknown) => {
      connection.destroy()
      const todo = 'Is it running? Its log is haproxy.log, in the folder of that socket.'
      reject(new SluiceError('PROXY_UNREACHABLE', `HAProxy at ${socket} ${why}`, { todo, cause }))
    }
    const timer = setTimeout(() => fail(`gave no answer within ${withinMs} ms`), withinMs)
    connection.on('error', (error: NodeJS.ErrnoException) => fail(`cannot be reached: ${error.code}`, error))
    connection.on('data', (part) => parts.push(part))
    connection.on('close', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(parts).toString('utf8').trim())
    })
    connection.end(`${prefix}${command}\n`)
    return promise
  }
}

/** Says a command whose answer has to fit. Throws PROXY_UNREACHABLE with what was said and answered. */
export async function command(talk: Talk, text: string, expected: RegExp): Promise<void> {
  const answer = await talk(text)
  if (expected.test(answer)) return
  throw new SluiceError(
    'PROXY_UNREACHABLE',
    `HAProxy refused ${JSON.stringify(text)}: ${answer || 'no word'}`,
  )
}
