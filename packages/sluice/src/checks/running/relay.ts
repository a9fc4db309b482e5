import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

const HOST = '127.0.0.1'

/** Stands between an app and a server that it depends on, so that the server can be taken away from it. */
export interface Relay {
  port: number
  /** Ends what is open, and listens no longer: a new connection is refused, as by a server that is down. */
  cut(): void
  restore(): void
  /** How many have come in so far. */
  connections(): number
  close(): Promise<void>
}

/** Listens on loopback, and hands every connection on to `target`. */
export async function openRelay(target: { host: string; port: number }): Promise<Relay> {
  const open = new Set<Socket>()
  let connections = 0
  const server = createServer((inner) => {
    connections++
    const outer = connect(target)
    for (const socket of [inner, outer]) {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
    }
    inner.on('error', () => outer.destroy())
    outer.on('error', () => inner.destroy())
    inner.pipe(outer).pipe(inner)
  })
  // Somebody else may have taken the port while it was cut: then it stays cut.
  server.on('error', () => {})
  server.listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const cut = () => {
    server.close()
    for (const socket of open) socket.destroy()
  }
  return {
    port,
    cut,
    restore() {
      if (!server.listening) server.listen(port, HOST)
    },
    connections: () => connections,
    async close() {
      cut()
    },
  }
}
