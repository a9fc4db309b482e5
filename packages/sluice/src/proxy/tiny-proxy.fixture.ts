import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { createProxy } from './proxy.ts'
import type { Table } from './table.ts'

/**
 * The smallest thing that is a proxy to the processes around it: answers every request itself, once the `file` of its query exists,
 * with its boot, its epoch and how many environments it knows.
 */
export function createTinyProxy({ boot }: { boot: string }): ReturnType<typeof createProxy> {
  let table: Table | null = null
  let isDraining = false
  let answered = 0
  const sockets = new Set<Socket>()
  const server = createServer(async (request, response) => {
    const file = new URL(request.url ?? '/', 'http://tiny').searchParams.get('file')
    const body = JSON.stringify({
      boot,
      generation: process.env.TINY_GENERATION ?? 'old',
      epoch: table?.epoch ?? -1,
      environments: table?.environments.length ?? 0,
    })
    while (file !== null && !existsSync(file)) await sleep(10)
    answered++
    if (isDraining) response.setHeader('Connection', 'close')
    response.end(body)
  })
  server.keepAliveTimeout = 0

  return {
    accept(socket) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      server.emit('connection', socket)
    },
    apply: (newer) => {
      table = newer
    },
    read: () => ({ epoch: table?.epoch ?? 0, rows: [], gauges: [], unrouted: answered }),
    drain: () => {
      isDraining = true
    },
    closeIdle: () => server.closeIdleConnections(),
    destroy: () => {
      for (const socket of sockets) socket.destroy()
    },
    get connections() {
      return sockets.size
    },
  }
}
