import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { SluiceError } from '../../errors.ts'
import { type FolderLock, takeLock } from '../../host/folder-lock.ts'
import { framedMessages } from './framed-messages.ts'
import type { HaproxyHome } from './home.ts'

/** Hears what HAProxy says of each request. */
export interface LogReader {
  /** Resolves when every line has been heard that was written before. Throws PROXY_UNREACHABLE. */
  catchUp(withinMs: number): Promise<void>
  close(): void
}

/** Null while another one hears it: HAProxy says everything once. */
export async function openLogReader(
  home: HaproxyHome,
  onLine: (text: string) => void,
): Promise<LogReader | null> {
  const lock = takeLock(home.readerLock)
  if (lock === null) return null
  try {
    return await listen(home, lock, onLine)
  } catch (error) {
    lock.release()
    throw error
  }
}

async function listen(
  home: HaproxyHome,
  lock: FolderLock,
  onLine: (text: string) => void,
): Promise<LogReader> {
  const connections = new Set<Socket>()
  const marks = new Map<string, () => void>()

  function hear(text: string): void {
    if (text.startsWith('M /')) marks.get(text.slice('M /'.length))?.()
    else onLine(text)
  }

  const server = createServer((connection) => {
    connections.add(connection)
    const take = framedMessages(hear)
    connection.on('data', (piece) => {
      try {
        take(piece)
      } catch {
        connection.destroy() // HAProxy connects again.
      }
    })
    connection.on('error', () => {})
    connection.on('close', () => connections.delete(connection))
  })
  rmSync(home.logSocket, { force: true })
  server.listen(home.logSocket)
  await once(server, 'listening')
  chmodSync(home.logSocket, 0o600)
  server.unref()

  async function catchUp(withinMs: number): Promise<void> {
    const mark = randomUUID()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    marks.set(mark, resolve)
    const fail = (why: string, cause?: unknown) =>
      reject(
        new SluiceError('PROXY_UNREACHABLE', `HAProxy's log, by which requests are counted, ${why}`, {
          cause,
        }),
      )
    const timer = setTimeout(() => fail(`says nothing within ${withinMs} ms`), withinMs)
    const sent = request({ socketPath: home.markSocket, path: `/${mark}`, agent: false }, (answer) =>
      answer.resume(),
    )
    sent.on('error', (error) => fail(`cannot be asked: ${error.message}`, error))
    sent.end()
    try {
      await promise
    } finally {
      clearTimeout(timer)
      marks.delete(mark)
      sent.destroy()
    }
  }

  function close(): void {
    server.close()
    for (const connection of connections) connection.destroy()
    lock.release()
  }

  return { catchUp, close }
}
