import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createConnections, isHttp1 } from './connections.ts'
import type { HealthAnswer, HealthRequest } from './health-request.ts'
import type { Closing, InFlight } from './in-flight.ts'
import { quietly } from './quietly.ts'

/** What is needed of a server of node:http or node:https. */
export interface HttpServer {
  emit(event: string, ...args: unknown[]): boolean
  close(): unknown
  closeIdleConnections?(): unknown
}

/** What is needed of a response of node:http. */
export interface HttpResponse extends Closing {
  statusCode: number
  headersSent: boolean
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

export interface ServerFront {
  inFlight: InFlight
  isDraining(): boolean
  isHealthPath(path: string): boolean
  answer(request: HealthRequest): Promise<HealthAnswer | null>
}

/**
 * Stands in front of whatever listens to a server: answers probes before the app sees them, and counts all else. The
 * server's own `emit` is the one place that is before every listener, also before those that are added later.
 * Returns the way to stop accepting.
 */
export function standInFront(server: HttpServer, front: ServerFront): () => void {
  const { inFlight, isDraining, isHealthPath, answer } = front
  const connections = createConnections()
  const emit = server.emit
  server.emit = function (this: HttpServer, event: string, ...args: unknown[]): boolean {
    if (event === 'request' || event === 'checkContinue') {
      const [request, response] = args as [IncomingMessage, ServerResponse]
      if (isHttp1(response)) connections.add(request, response)
      if (isDraining()) sayGoodbye(response)
      if (isHealthPath(request.url ?? '')) {
        void respond(asHealthRequest(request), response, answer)
        return true
      }
      inFlight.addRequest(response)
    } else if (event === 'upgrade' || event === 'connect') connections.release(args[1] as Socket)
    return emit.call(this, event, ...args)
  }
  // Node's own, which `close` calls too, takes a connection for idle while its answer is still being sent, and cuts it.
  if (server.closeIdleConnections !== undefined) server.closeIdleConnections = connections.closeIdle
  return () => {
    // Idle ones first, or a client might send its next request on one just as it is taken away with the listener.
    quietly(connections.closeIdle)
    quietly(() => server.close())
  }
}

/** Makes an answer the last one on its connection; otherwise the connection would sit idle until its timeout. */
export function sayGoodbye(thing: object): void {
  if (!isHttp1(thing)) return
  const response = thing as ServerResponse
  const { socket } = response
  if (!response.headersSent) response.shouldKeepAlive = false
  else if (!response.writableFinished) response.once('finish', () => socket?.destroySoon())
}

/** Writes the answer if the request asks for one, and tells whether it did. It never rejects. */
export async function respond(
  request: HealthRequest,
  response: HttpResponse,
  answer: (request: HealthRequest) => Promise<HealthAnswer | null>,
): Promise<boolean> {
  const found = await answer(request)
  if (found === null) return false
  quietly(() => {
    response.statusCode = found.status
    for (const [name, value] of Object.entries(found.headers)) response.setHeader(name, value)
    response.end(found.body)
  })
  return true
}

export function asHealthRequest(request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): HealthRequest {
  return { method: request.method ?? 'GET', path: request.url ?? '', headers: request.headers, raw: request }
}
