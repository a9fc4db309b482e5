import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { factsOf, SluiceError } from '../errors.ts'
import { readJsonLines, writeJsonLine } from './json-lines.ts'

/** A protocol: names of methods with what goes in and what comes out. */
export type Protocol<M> = { [K in keyof M]: { params: unknown; result: unknown } }

/** One function per method. What it throws goes back to the caller as facts. */
export type Handlers<M extends Protocol<M>> = {
  [K in keyof M]: (params: M[K]['params']) => M[K]['result'] | Promise<M[K]['result']>
}

export interface ControlServer {
  /** Stops listening, removes the socket's file and ends connections after what was written to them. */
  close(): Promise<void>
}

/**
 * Answers newline-separated JSON on a unix socket: `{ id, method, params }` by `{ id, result }` or `{ id, error }`.
 * A file left at `path` is replaced: the caller holds the lock of its folder, or a name that nobody else has.
 */
export async function serveControl<M extends Protocol<M>>(
  path: string,
  handlers: Handlers<M>,
): Promise<ControlServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    readJsonLines(socket, (value) => void answer(socket, handlers, value))
  })
  rmSync(path, { force: true })
  await listen(server, path)
  chmodSync(path, 0o600)
  return { close: () => close(server, sockets) }
}

async function answer<M extends Protocol<M>>(
  socket: Socket,
  handlers: Handlers<M>,
  value: unknown,
): Promise<void> {
  const { id, method, params } = value as { id: unknown; method: string; params: never }
  try {
    if (!Object.hasOwn(handlers, method)) throw unknownMethod(method, Object.keys(handlers))
    writeJsonLine(socket, { id, result: await handlers[method as keyof M](params) })
  } catch (error) {
    writeJsonLine(socket, { id, error: factsOf(error) })
  }
}

function unknownMethod(method: string, known: string[]): SluiceError {
  return new SluiceError('BUG', `no control method "${method}"; known are: ${known.join(', ')}`)
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
}

function close(server: Server, sockets: Set<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of sockets) socket.destroySoon()
  })
}
