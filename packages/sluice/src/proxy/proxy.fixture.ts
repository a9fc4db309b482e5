import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { CounterRow } from './control.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { createProxy, validateTable } from './proxy.ts'
import { Shared } from './shared.ts'
import type { EnvironmentRoute, InstanceRoute, ReleaseRoute } from './table.ts'

/** An app of a test: real sockets on loopback. */
export interface App {
  port: number
  sockets: Set<Socket>
  /** Connections so far. */
  accepted: number
  /** Everything received so far, as latin1. */
  received: string
  close(): Promise<void>
}

/** An app that answers as the handler of `node:http` does. */
export function openHttpApp(handler: RequestListener): Promise<App> {
  const server = createHttpServer(handler)
  server.on('upgrade', () => {})
  return opened(server)
}

/** An app that says exactly what the test wants; the handler gets each connection and what it receives. */
export function openRawApp(onData: (socket: Socket, bytes: Buffer, app: App) => void): Promise<App> {
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  return opened(server, onData)
}

async function opened(
  server: Server,
  onData?: (socket: Socket, bytes: Buffer, app: App) => void,
): Promise<App> {
  const app: App = { port: 0, sockets: new Set(), accepted: 0, received: '', close }
  server.on('connection', (socket: Socket) => {
    app.accepted++
    app.sockets.add(socket)
    socket.on('close', () => app.sockets.delete(socket))
    socket.on('error', () => {})
    if (onData === undefined) return
    socket.on('end', () => socket.end())
    socket.on('data', (bytes: Buffer) => {
      app.received += bytes.toString('latin1')
      onData(socket, bytes, app)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  app.port = (server.address() as AddressInfo).port
  async function close(): Promise<void> {
    for (const socket of app.sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  return app
}

/** A port of loopback on which nobody listens. */
export async function closedPort(): Promise<number> {
  const app = await openRawApp(() => {})
  await app.close()
  return app.port
}

export function instance(id: string, port: number, state: InstanceRoute['state'] = 'serving'): InstanceRoute {
  return { id, host: '127.0.0.1', port, state }
}

/** A release with one serving instance per port. */
export function release(id: string, weight: number, ...ports: number[]): ReleaseRoute {
  return { id, weight, instances: ports.map((port, i) => instance(`${id}.${i + 1}`, port)) }
}

/** The environment `shop/test` at `shop.test`; the weight epoch grows with every call. */
export function environment(
  releases: ReleaseRoute[],
  settings: Partial<EnvironmentRoute> = {},
): EnvironmentRoute {
  return {
    name: 'shop/test',
    hosts: ['shop.test'],
    pathPrefix: '/',
    preview: null,
    weightEpoch: ++epochs,
    sticky: null,
    releases,
    maxBodyBytes: null,
    firstByteTimeoutMs: 30_000,
    hold: null,
    ...settings,
  }
}

let epochs = 0

/** A proxy on a port of its own, with a clock that stands still until it is moved. */
export interface TestProxy {
  proxy: ReturnType<typeof createProxy>
  port: number
  /** Moves the clock on; what is due happens within a few real milliseconds. */
  pass(ms: number): void
  serve(...environments: EnvironmentRoute[]): void
  /** The only row of a release with traffic. */
  row(release: string): CounterRow
  close(): Promise<void>
}

export async function openProxy(limits: Partial<Limits> = {}, workerIndex = 0): Promise<TestProxy> {
  let now = 1_000_000
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = createProxy({
    boot: 'boot',
    workerIndex,
    listenPort: port,
    limits: { connectionsPerAddress: 10_000, tickMs: 2, ...limits },
    now: () => now,
    random: () => 0.5,
  })
  server.on('connection', (socket) => proxy.accept(socket))
  return {
    proxy,
    port,
    pass(ms) {
      now += ms
    },
    serve(...environments) {
      proxy.apply(validateTable({ schema: 1, epoch: ++epochs, environments }))
    },
    row(of) {
      const rows = proxy.read().rows.filter((row) => row.release === of)
      if (rows.length !== 1) throw new Error(`${rows.length} rows of ${of}: ${JSON.stringify(rows)}`)
      return rows[0]!
    },
    async close() {
      proxy.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** What connections of one worker share, for a test of a part. */
export function openShared(
  limits: Partial<Limits> = {},
  now: () => number = () => 0,
  workerIndex = 0,
): Shared {
  return new Shared({
    workerIndex,
    listenPort: 80,
    limits: { ...defaultLimits, ...limits },
    now,
    random: () => 0.5,
    uid: () => '',
    requestId: () => '',
    isTrusted: () => false,
  })
}

/** A client that speaks in bytes. */
export interface RawClient {
  socket: Socket
  /** Everything received so far, as latin1. */
  readonly text: string
  isClosed: boolean
  error: string | null
  send(text: string | Buffer): void
  /** Resolves once the text received matches. */
  sees(pattern: RegExp | string): Promise<string>
  closed(): Promise<string>
}

export function openClient(port: number): RawClient {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
  const chunks: Buffer[] = []
  const client: RawClient = {
    socket,
    get text() {
      return Buffer.concat(chunks).toString('latin1')
    },
    isClosed: false,
    error: null,
    send(text) {
      if (typeof text === 'string') socket.write(text, 'latin1')
      else socket.write(text)
    },
    async sees(pattern) {
      await until(
        () => (typeof pattern === 'string' ? client.text.includes(pattern) : pattern.test(client.text)),
        () => `${pattern} in ${JSON.stringify(client.text.slice(0, 1000))} (${client.error ?? 'no error'})`,
      )
      return client.text
    },
    async closed() {
      await until(
        () => client.isClosed,
        () => `the close; received ${JSON.stringify(client.text.slice(0, 1000))}`,
      )
      return client.text
    },
  }
  socket.on('data', (bytes: Buffer) => chunks.push(bytes))
  socket.on('end', () => {
    client.isClosed = true
    socket.end()
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    client.error = error.code ?? error.message
  })
  socket.on('close', () => {
    client.isClosed = true
  })
  return client
}

/** Sends one message and returns all that comes until the proxy closes. */
export async function tell(port: number, text: string | Buffer): Promise<string> {
  const client = openClient(port)
  client.send(text)
  const answer = await client.closed()
  client.socket.destroy()
  return answer
}

/** The head of a GET that closes; further lines are added. */
export function get(path = '/', ...lines: string[]): string {
  return `${['GET', path, 'HTTP/1.1'].join(' ')}\r\n${['Host: shop.test', 'Connection: close', ...lines].join('\r\n')}\r\n\r\n`
}

/** Waits for a condition, twenty seconds at most. */
export async function until(condition: () => boolean, wanted: () => string = String): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${wanted()}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Lets the proxy, which lives in this process, take up what was sent to it. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** The value once it has not changed for 50 looks at it, at least as many milliseconds. */
export async function settled(look: () => number): Promise<number> {
  let value = Number.NaN
  let looks = 0
  await until(() => {
    looks = look() === value ? looks + 1 : 0
    value = look()
    return looks >= 50
  })
  return value
}

/** Closes what a test has opened, in reverse. */
export class Opened {
  readonly #closers: (() => Promise<void>)[] = []

  async add<Thing extends { close(): Promise<void> }>(thing: Promise<Thing>): Promise<Thing> {
    const opened = await thing
    this.#closers.push(() => opened.close())
    return opened
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close()
  }
}
