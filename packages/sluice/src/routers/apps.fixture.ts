import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** Apps of a test, each on a port of its own. */
export interface Apps {
  /** One that answers every request with its own name, after `?ms=` of waiting and with the status `?status=`. */
  app(name: string): Promise<{ host: string; port: number }>
  /** How many requests the apps of this name have been given. */
  asked(name: string): number
  serve(listener: RequestListener, upgrade?: Upgrade): Promise<{ host: string; port: number }>
  close(): void
}

type Upgrade = (request: Parameters<RequestListener>[0], socket: Socket) => void

export function openApps(): Apps {
  const servers: Server[] = []
  const counts = new Map<string, number>()
  const apps: Apps = {
    app: (name) =>
      apps.serve((request, response) => {
        counts.set(name, apps.asked(name) + 1)
        const query = new URL(request.url ?? '/', 'http://app').searchParams
        response.statusCode = Number(query.get('status') ?? 200)
        setTimeout(() => response.end(name), Number(query.get('ms') ?? 0))
      }),
    asked: (name) => counts.get(name) ?? 0,
    async serve(listener, upgrade) {
      const server = createServer(listener)
      if (upgrade) server.on('upgrade', (request, socket) => upgrade(request, socket as Socket))
      server.listen(0, '127.0.0.1')
      servers.push(server)
      await once(server, 'listening')
      return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
    },
    close() {
      for (const server of servers) server.close()
      for (const server of servers) server.closeAllConnections()
    },
  }
  return apps
}
