import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The connections of a server that have carried a request. */
export interface Connections {
  add(request: IncomingMessage, response: ServerResponse): void
  /** It carries no requests any more: a WebSocket has taken it. */
  release(socket: Socket): void
  /** Ends those without a request under way, after the last byte of the last answer. */
  closeIdle(): void
}

export function createConnections(): Connections {
  const underWay = new Map<Socket, number>()

  function add({ socket }: IncomingMessage, response: ServerResponse) {
    if (!underWay.has(socket)) socket.once('close', () => underWay.delete(socket))
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1)
    response.once('close', () => {
      const answers = underWay.get(socket)
      if (answers !== undefined) underWay.set(socket, answers - 1)
    })
  }

  return {
    add,
    release: (socket) => underWay.delete(socket),
    closeIdle() {
      for (const [socket, answers] of underWay) if (answers === 0) socket.destroySoon()
    },
  }
}

/** HTTP/2 has streams in place of connections, and does all of this itself. */
export function isHttp1(response: object): boolean {
  return 'shouldKeepAlive' in response
}
