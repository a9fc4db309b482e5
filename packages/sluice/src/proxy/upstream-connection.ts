import { connect, type Socket } from 'node:net'
import { Deadline } from '../std/timer-wheel.ts'
import { BodyReader } from './body-reader.ts'
import type { Exchange } from './exchange.ts'
import { findHeadEnd } from './http1/head-end.ts'
import { isRefusal } from './http1/refusal.ts'
import { bodyOf, parseResponseHead, type ResponseHead } from './http1/response-head.ts'
import type { Instance } from './instance.ts'
import type { AttemptFailure } from './repeatable.ts'
import type { Shared } from './shared.ts'

const READ_BYTES = 65_536
/** What all connections read into: its bytes are valid within the callback alone, and cost no memory of their own. */
const scratch = Buffer.allocUnsafeSlow(READ_BYTES)

type Phase = 'idle' | 'head' | 'body' | 'tunnel' | 'over'

/** One connection to an instance: used by one exchange after another, never by two at once. */
export class UpstreamConnection {
  readonly socket: Socket
  readonly instance: Instance
  isConnected: boolean
  idleSince: number
  readonly #shared: Shared
  readonly #clock: Deadline
  readonly #body: BodyReader
  #phase: Phase
  #exchange: Exchange | null
  /** Bytes of a head that is not complete. */
  #pending: Buffer | null
  #searchFrom: number
  #idleMs: number
  #gapMs: number
  #isReusable: boolean
  /** Bytes come in bulk: they are read into memory of their own and passed on without a copy. */
  #isBulk: boolean
  /** The bytes at hand are in `scratch`. */
  #isVolatile: boolean
  #isPaused: boolean

  constructor(shared: Shared, instance: Instance) {
    this.instance = instance
    this.isConnected = false
    this.idleSince = 0
    this.#shared = shared
    this.#clock = new Deadline(() => this.#onExpired())
    this.#body = new BodyReader((slice) => this.#exchange?.passToClient(slice, this.#isVolatile))
    this.#phase = 'idle'
    this.#exchange = null
    this.#pending = null
    this.#searchFrom = 0
    this.#idleMs = shared.limits.upstreamIdleMs
    this.#gapMs = shared.limits.responseGapMs
    this.#isReusable = false
    this.#isBulk = false
    this.#isVolatile = false
    this.#isPaused = false
    this.socket = connect({
      host: instance.host,
      port: instance.port,
      noDelay: true,
      allowHalfOpen: true,
      onread: {
        buffer: () => (this.#isBulk ? Buffer.allocUnsafeSlow(READ_BYTES) : scratch),
        callback: (length, buffer) => this.#onRead(length, buffer as Buffer),
      },
    })
    this.#listen()
  }

  /** Gives the connection to an exchange and sends the first part of its request. */
  begin(exchange: Exchange, message: Buffer | string): boolean {
    this.#exchange = exchange
    this.#phase = 'head'
    this.#isReusable = false
    if (this.isConnected) this.#awaitFirstByte()
    else this.#shared.wheel.arm(this.#clock, this.#shared.now() + this.#shared.limits.connectMs)
    return this.write(message)
  }

  /** False when the app is slower than the client; then `Exchange.appDrained` tells when to go on. */
  write(data: Buffer | string): boolean {
    return this.#shared.outbox.write(this.socket, data)
  }

  /** The client has ended its direction of the tunnel. */
  endWriting(): void {
    this.socket.end()
  }

  pause(): void {
    this.#isPaused = true
    this.socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#phase === 'body') this.#shared.wheel.arm(this.#clock, this.#shared.now() + this.#gapMs)
    this.socket.resume()
  }

  /** The request is complete, so from now on the app is waited for. */
  requestEnded(): void {
    if (this.#phase === 'head' && this.isConnected) this.#awaitFirstByte()
  }

  /** The time between two parts of the body that is allowed from now on. */
  allowGap(ms: number): void {
    this.#gapMs = ms
  }

  /** From now on the bytes are a tunnel's, and no time limit holds. */
  becomeTunnel(): void {
    this.#phase = 'tunnel'
    this.#shared.wheel.disarm(this.#clock)
  }

  /** The exchange has ended: keeps the connection for the next one, where that is safe. */
  giveBack(): void {
    const { instance } = this
    if (!this.#isReusable || instance.state !== 'serving' || this.socket.destroyed) {
      this.destroy()
      return
    }
    const { now, wheel } = this.#shared
    this.#exchange = null
    this.#phase = 'idle'
    this.resume()
    this.idleSince = now()
    wheel.arm(this.#clock, this.idleSince + this.#idleMs)
    instance.pool.put(this)
  }

  /** Ends the connection at once; nobody is told. */
  destroy(): void {
    this.#phase = 'over'
    this.#exchange = null
    this.#pending = null
    this.#shared.wheel.remove(this.#clock)
    this.socket.destroy()
  }

  #listen(): void {
    const { socket } = this
    socket.on('connect', () => this.#onConnected())
    socket.on('drain', () => this.#exchange?.appDrained())
    socket.on('end', () => this.#onEnd())
    // What went wrong does not matter: 'close' follows, and how far we had come decides what it means.
    socket.on('error', () => {})
    socket.on('close', () => this.#onClosed())
  }

  #onConnected(): void {
    this.isConnected = true
    this.instance.reached()
    if (this.#exchange === null) return
    this.#awaitFirstByte()
    this.#exchange.connected()
  }

  /** An app need not answer before it has the whole request. */
  #awaitFirstByte(): void {
    const exchange = this.#exchange!
    const { now, wheel } = this.#shared
    if (exchange.isRequestDone) wheel.arm(this.#clock, now() + exchange.environment.route.firstByteTimeoutMs)
    else wheel.disarm(this.#clock)
  }

  #onRead(length: number, buffer: Buffer): boolean {
    const bytes = buffer.subarray(0, length)
    this.#isVolatile = buffer === scratch
    this.#onBytes(bytes)
    this.#isBulk = this.#phase !== 'idle' && length * 2 > READ_BYTES
    return true
  }

  #onBytes(bytes: Buffer): void {
    switch (this.#phase) {
      case 'head':
        this.#readHeads(bytes)
        break
      case 'body':
        this.#readBody(bytes, 0)
        break
      case 'tunnel':
        this.#exchange!.passToClient(bytes, this.#isVolatile)
        break
      case 'idle':
        // Nobody asked: whatever this is, the next response must not begin with it.
        this.instance.pool.remove(this)
        this.destroy()
        break
      case 'over':
        break
    }
  }

  /** Interim heads, then the final one, then what is already here of its body. */
  #readHeads(received: Buffer): void {
    const bytes = this.#pending === null ? received : Buffer.concat([this.#pending, received])
    let start = 0
    let searchFrom = this.#pending === null ? 0 : this.#searchFrom
    this.#pending = null
    while (start < bytes.length) {
      const end = findHeadEnd(bytes, start, searchFrom)
      if (end < 0) {
        this.#pending = Buffer.from(bytes.subarray(start))
        this.#searchFrom = bytes.length - start
        return
      }
      const head = parseResponseHead(bytes, start, end)
      if (isRefusal(head)) {
        this.#fail('badHead')
        return
      }
      const isInterim = head.status < 200 && head.status !== 101
      if (!isInterim) {
        this.#takeFinalHead(head, bytes, end)
        return
      }
      this.#exchange!.respondInterim(head)
      start = end
      searchFrom = end
    }
  }

  #takeFinalHead(head: ResponseHead, bytes: Buffer, end: number): void {
    const exchange = this.#exchange!
    if (head.status !== 101) {
      this.#beginBody(head, exchange)
      exchange.respond(head, this.#body.isEndedByClose)
      this.#readBody(bytes, end)
    } else if (exchange.expectsUpgrade(head)) {
      exchange.beginTunnel(head)
      if (end < bytes.length) exchange.passToClient(bytes.subarray(end), this.#isVolatile)
    } else {
      this.#fail('badHead')
    }
  }

  #beginBody(head: ResponseHead, exchange: Exchange): void {
    const body = bodyOf(head, exchange.head.method)
    this.#phase = 'body'
    this.#isReusable = head.keepAlive && body.kind !== 'untilClose'
    this.#gapMs = this.#shared.limits.responseGapMs
    if (head.keepAliveTimeoutMs !== null)
      this.#idleMs = Math.min(this.#shared.limits.upstreamIdleMs, head.keepAliveTimeoutMs - 1_000)
    if (this.#idleMs <= 0) this.#isReusable = false
    if (body.kind === 'chunked') this.#body.expectChunks(exchange.head.minor === 0 ? 'decoded' : 'chunked')
    else if (body.kind === 'length') this.#body.expectLength(body.length)
    else if (body.kind === 'untilClose') this.#body.expectUntilClose()
    else this.#body.expectNothing()
  }

  #readBody(bytes: Buffer, start: number): void {
    const exchange = this.#exchange
    if (exchange === null) return
    const end = this.#body.read(bytes, start)
    if (this.#exchange !== exchange) return
    if (this.#body.refusal !== null) {
      this.#truncate()
    } else if (this.#body.isDone) {
      // Bytes after the end belong to nobody, so the connection cannot be trusted any more.
      if (end < bytes.length) this.#isReusable = false
      exchange.responseEnded()
    } else {
      exchange.responsePaused()
      this.#shared.wheel.arm(this.#clock, this.#shared.now() + this.#gapMs)
    }
  }

  #onEnd(): void {
    if (this.#phase === 'tunnel') {
      this.#exchange!.tunnelAppEnded()
    } else if (this.#phase === 'body' && this.#body.isEndedByClose) {
      this.#exchange!.responseEnded()
    } else {
      this.#onClosed()
    }
  }

  #onClosed(): void {
    switch (this.#phase) {
      case 'idle':
        this.instance.pool.remove(this)
        break
      case 'head':
        if (!this.isConnected) this.#fail('refused')
        else this.#fail(this.#pending === null ? 'reset' : 'badHead')
        break
      case 'body':
        this.#truncate()
        break
      case 'tunnel':
        this.#exchange!.tunnelClosed()
        break
      case 'over':
        break
    }
    this.destroy()
  }

  #onExpired(): void {
    switch (this.#phase) {
      case 'idle':
        this.instance.pool.remove(this)
        this.destroy()
        break
      case 'head':
        this.#fail(this.isConnected ? 'timeout' : 'refused')
        break
      case 'body':
        if (!this.#isPaused) this.#truncate()
        break
      case 'tunnel':
      case 'over':
        break
    }
  }

  #fail(cause: AttemptFailure): void {
    const exchange = this.#exchange
    this.destroy()
    exchange?.attemptFailed(cause)
  }

  #truncate(): void {
    const exchange = this.#exchange
    this.destroy()
    exchange?.truncated()
  }
}
