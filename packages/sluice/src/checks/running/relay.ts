import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between an app and a server that it depends on, so that the server can be taken away from it. */
export interface Relay {
  port: number
  /** Ends what is open, and refuses what comes: each new connection is reset at once. */
  cut(): void
  restore(): void
  close(): Promise<void>
}

/** Listens on loopback, and hands every connection on to `target`. */
export async function openRelay(target: { host: string; port: number }): Promise<Relay> {
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((inner) => {
    if (isCut) {
      inner.resetAndDestroy()
      return
    }
    const outer = connect(target)
    for (const socket of [inner, outer]) {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
    }
    inner.on('error', () => outer.destroy())
    outer.on('error', () => inner.destroy())
    inner.pipe(outer).pipe(inner)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const end = () => {
    for (const socket of open) socket.destroy()
  }
  return {
    port,
    cut() {
      isCut = true
      end()
    },
    restore() {
      isCut = false
    },
    async close() {
      end()
      server.close()
      await once(server, 'close')
    },
  }
}
