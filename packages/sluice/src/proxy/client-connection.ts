import type { Socket } from 'node:net'
import { Deadline } from '../std/timer-wheel.ts'
import { type Answer, admit, isAnswer } from './admission.ts'
import { BodyPace } from './body-pace.ts'
import { BodyReader } from './body-reader.ts'
import { ClientWriter } from './client-writer.ts'
import { Exchange } from './exchange.ts'
import { findHeadEnd } from './http1/head-end.ts'
import { isRefusal } from './http1/refusal.ts'
import { parseRequestHead, type RequestHead } from './http1/request-head.ts'
import { type RequestHeadOptions, writeAnswer, writeRequestHead } from './http1/write-head.ts'
import type { Shared } from './shared.ts'
import type { Wish } from './wish.ts'

/**
 * `idle` and `head`: between requests and within a head. `held`: a request waits in a queue. `busy`: it is under way.
 * `tunnel`: bytes go both ways. `lingering`: the last answer is out, what still comes is thrown away. `over`: closed.
 */
type Phase = 'idle' | 'head' | 'held' | 'busy' | 'tunnel' | 'lingering' | 'over'

/** Switching to these is passed on; never `h2c`. */
const UPGRADES: ReadonlySet<string> = new Set(['websocket'])

/** One connection of a client. Requests that arrive ahead of their turn wait, so there is one exchange at a time. */
export class ClientConnection {
  readonly socket: Socket
  readonly address: string
  readonly writer: ClientWriter
  readonly #shared: Shared
  readonly #options: RequestHeadOptions
  readonly #clock: Deadline
  readonly #body: BodyReader
  readonly #pace: BodyPace
  #phase: Phase
  #exchange: Exchange | null
  /** The request at hand asked to keep the connection, and by what method it came. */
  #keepsAlive: boolean
  #method: string
  /** Bytes that nobody has looked at: a head that is not complete, or what came ahead of its turn. */
  #ahead: Buffer | null
  #searchFrom: number
  #isAdvancing: boolean
  /** Reading rests because the app is slower. */
  #isPaused: boolean
  /** The client has ended its side. */
  #hasEnded: boolean
  #bodyLimit: number
  #lingeredBytes: number

  constructor(shared: Shared, socket: Socket, address: string) {
    this.socket = socket
    this.address = address
    this.writer = new ClientWriter(shared, socket)
    this.#shared = shared
    this.#options = {
      clientAddress: address,
      proto: 'http',
      port: shared.listenPort,
      trusted: shared.isTrusted(address),
      requestId: shared.requestId,
      upgrade: false,
    }
    this.#clock = new Deadline(() => this.#onExpired())
    this.#body = new BodyReader((slice) => this.#exchange?.passToApp(slice))
    this.#pace = new BodyPace(shared.limits)
    this.#phase = 'idle'
    this.#exchange = null
    this.#keepsAlive = false
    this.#method = 'GET'
    this.#ahead = null
    this.#searchFrom = 0
    this.#isAdvancing = false
    this.#isPaused = false
    this.#hasEnded = false
    this.#bodyLimit = Number.POSITIVE_INFINITY
    this.#lingeredBytes = 0
    this.#listen()
    shared.wheel.arm(this.#clock, shared.now() + shared.limits.idleMs)
  }

  get isIdle(): boolean {
    return this.#phase === 'idle'
  }

  get isGone(): boolean {
    return this.socket.destroyed
  }

  /** The request at hand was read to its end. */
  get isRequestDone(): boolean {
    return this.#body.isDone
  }

  get readAheadBytes(): number {
    return this.#ahead?.length ?? 0
  }

  /** The app is slower than the client. */
  pauseBody(): void {
    if (this.#isPaused || (this.#body.isDone && this.#phase !== 'tunnel')) return
    this.#isPaused = true
    this.#pace.rest(this.#shared.now())
    this.socket.pause()
  }

  resumeBody(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#pace.goOn(this.#shared.now())
    this.#resumeReading()
  }

  /** The request at hand stands in a queue. */
  waits(maxWaitMs: number): void {
    this.#phase = 'held'
    this.#shared.wheel.arm(this.#clock, this.#shared.now() + maxWaitMs)
  }

  /** The request has left the queue, or never had to wait in it: the rest of its body may follow. */
  exchangeStarted(): void {
    this.#phase = 'busy'
    if (this.#body.isDone) return
    this.#pace.begin(this.#shared.now())
    this.#watchBody()
    this.#feedAhead()
  }

  /** The answer is complete. */
  exchangeEnded(keep: boolean): void {
    this.#exchange = null
    if (keep && this.#body.isDone) this.#becomeIdle()
    else this.#linger()
  }

  /** The request at hand gets an answer of our own. */
  answer(status: number, lines: readonly string[], body?: string): void {
    this.#exchange = null
    const keep = this.#keepsAlive && this.#body.isDone && !this.#shared.isDraining
    const connection = keep ? 'Connection: keep-alive' : 'Connection: close'
    this.writer.write(writeAnswer(status, body, [...lines, connection], this.#method))
    if (keep) this.#becomeIdle()
    else this.#linger()
  }

  /** From now on everything that comes is the app's. */
  beginTunnel(): void {
    this.#phase = 'tunnel'
    this.#shared.wheel.disarm(this.#clock)
    const early = this.#ahead
    this.#ahead = null
    this.#resumeReading()
    if (early !== null) this.#exchange!.passToApp(early)
    if (this.#hasEnded) this.#exchange!.clientEnded()
  }

  /** The app has ended its direction of the tunnel. */
  endWriting(): void {
    this.socket.end()
  }

  /** The app's connection is closed. What it has said is still delivered, if it said that it was all. */
  tunnelClosed(): void {
    this.#exchange = null
    if (this.socket.writableEnded) this.#linger()
    else this.cutOff()
  }

  /** Closes so that what was sent cannot be taken for a complete answer. */
  cutOff(): void {
    this.#exchange = null
    this.#phase = 'over'
    this.#shared.outbox.sendNow(this.socket)
    // A FIN would be the regular end of a body without framing.
    this.socket.resetAndDestroy()
  }

  /** Closes at once, with what it was given. */
  destroy(): void {
    this.#shared.outbox.sendNow(this.socket)
    this.socket.destroy()
  }

  #listen(): void {
    const { socket } = this
    socket.allowHalfOpen = true
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.#onBytes(bytes))
    socket.on('drain', () => this.#onDrained())
    socket.on('end', () => this.#onEnd())
    // 'close' follows and says all there is to do.
    socket.on('error', () => {})
    socket.on('close', () => this.#onClosed())
  }

  #onBytes(bytes: Buffer): void {
    switch (this.#phase) {
      case 'idle':
      case 'head':
        this.#ahead = this.#ahead === null ? bytes : Buffer.concat([this.#ahead, bytes])
        this.#advance()
        break
      case 'busy':
        if (this.#body.isDone) this.#keepAhead(bytes)
        else this.#feed(bytes)
        break
      case 'held':
        this.#keepAhead(bytes)
        break
      case 'tunnel':
        this.#exchange!.passToApp(bytes)
        break
      case 'lingering':
        this.#lingeredBytes += bytes.length
        if (this.#lingeredBytes > this.#shared.limits.lingerBytes) this.destroy()
        break
      case 'over':
        break
    }
  }

  /** Takes up one request after the other, until one is under way or bytes are missing. */
  #advance(): void {
    if (this.#isAdvancing) return
    this.#isAdvancing = true
    while (this.#isReadyForHead()) {
      const bytes = this.#ahead!
      const end = findHeadEnd(bytes, 0, this.#searchFrom)
      if (end < 0) {
        this.#awaitHead(bytes)
        break
      }
      this.#takeHead(bytes, end)
    }
    this.#isAdvancing = false
    if (this.#hasEnded && this.#isBetweenRequests && !this.socket.writableNeedDrain) this.#linger()
  }

  get #isBetweenRequests(): boolean {
    return this.#phase === 'idle' || this.#phase === 'head'
  }

  #isReadyForHead(): boolean {
    // Answers of ours to many small requests would pile up for a client that reads none of them.
    return this.#isBetweenRequests && this.#ahead !== null && !this.socket.writableNeedDrain
  }

  /** The clock of a head runs from its first byte, and further bytes do not wind it up. */
  #awaitHead(bytes: Buffer): void {
    this.#searchFrom = bytes.length
    if (this.#phase === 'head') return
    this.#phase = 'head'
    const { heads, limits, now, wheel } = this.#shared
    wheel.arm(this.#clock, now() + limits.headMs)
    heads.add(this)
    if (heads.size <= limits.headsInProgress) return
    const [oldest] = heads
    oldest!.destroy()
    heads.delete(oldest!)
  }

  #takeHead(bytes: Buffer, end: number): void {
    if (this.#phase === 'head') this.#shared.heads.delete(this)
    this.#ahead = null
    this.#searchFrom = 0
    const head = parseRequestHead(bytes, 0, end)
    if (isRefusal(head)) {
      this.#refuse(head.status)
      return
    }
    this.#phase = 'busy'
    this.#keepsAlive = head.keepAlive
    this.#method = head.method
    const admission = admit(this.#shared, head)
    this.#expectBody(head)
    const rest = end === bytes.length ? null : bytes.subarray(end)
    if (isAnswer(admission)) this.#answerAtOnce(admission, rest)
    else this.#begin(head, admission, rest)
  }

  #expectBody(head: RequestHead): void {
    if (head.chunked) this.#body.expectChunks('chunked')
    else this.#body.expectLength(head.contentLength < 0 ? 0 : head.contentLength)
  }

  #answerAtOnce(answer: Answer, rest: Buffer | null): void {
    if (this.#body.isDone) this.#ahead = rest
    this.answer(answer.status, answer.lines, answer.body)
  }

  #begin(head: RequestHead, wish: Wish, rest: Buffer | null): void {
    const options = this.#options
    options.upgrade = this.#body.isDone && head.upgrade !== null && UPGRADES.has(head.upgrade)
    const text = writeRequestHead(head, options)
    const exchange = new Exchange(this.#shared, this, head, text, options.upgrade, wish)
    this.#exchange = exchange
    this.#bodyLimit = wish.environment.route.maxBodyBytes ?? Number.POSITIVE_INFINITY
    // Still before the start, so that head and first part of the body leave in one write.
    if (rest !== null) this.#feed(rest)
    if (this.#exchange !== exchange) return
    exchange.begin()
  }

  /** Bytes that begin within the body. */
  #feed(bytes: Buffer): void {
    this.#pace.received(this.#shared.now())
    const end = this.#body.read(bytes, 0)
    if (this.#body.refusal !== null) {
      this.#breakOff(400)
    } else if (this.#body.octets > this.#bodyLimit) {
      this.#breakOff(413)
    } else {
      if (this.#body.isDone) this.#exchange?.requestEnded()
      if (end < bytes.length) this.#keepAhead(bytes.subarray(end))
    }
  }

  #feedAhead(): void {
    const bytes = this.#ahead
    if (bytes === null) return
    this.#ahead = null
    this.#feed(bytes)
    this.#resumeReading()
  }

  #keepAhead(bytes: Buffer): void {
    this.#ahead = this.#ahead === null ? bytes : Buffer.concat([this.#ahead, bytes])
    if (this.#ahead.length >= this.#shared.limits.readAheadBytes) this.socket.pause()
  }

  #resumeReading(): void {
    if (this.#isPaused || this.readAheadBytes >= this.#shared.limits.readAheadBytes) return
    if (this.socket.isPaused()) this.socket.resume()
  }

  #becomeIdle(): void {
    this.#phase = 'idle'
    // What is refused before it has told its method is not answered as if it were a HEAD.
    this.#method = 'GET'
    this.#isPaused = false
    const { limits, now, wheel } = this.#shared
    wheel.arm(this.#clock, now() + limits.idleMs)
    if (this.#ahead !== null || this.#hasEnded) this.#advance()
    this.#resumeReading()
  }

  /** The request at hand cannot be carried on, by the client's own doing. */
  #breakOff(status: number): void {
    const exchange = this.#exchange
    this.#exchange = null
    if (exchange === null || exchange.requestBroke()) this.#refuse(status)
    else this.cutOff()
  }

  /** After this answer nothing is parsed any more. */
  #refuse(status: number): void {
    this.writer.write(writeAnswer(status, undefined, ['Connection: close'], this.#method))
    this.#linger()
  }

  /** RFC 9112, 9.6: closing with bytes unread would reset the connection, and with it the answer. */
  #linger(): void {
    this.#phase = 'lingering'
    this.#exchange = null
    this.#ahead = null
    this.#isPaused = false
    this.socket.resume()
    this.#shared.wheel.disarm(this.#clock)
    // The time to linger begins when the answer has left; until then the limit for stalled readers holds.
    this.writer.end(() => {
      const { limits, now, wheel } = this.#shared
      if (this.#phase === 'lingering') wheel.arm(this.#clock, now() + limits.lingerMs)
    })
  }

  #onDrained(): void {
    this.writer.drained()
    this.#exchange?.clientDrained()
    this.#advance()
  }

  #onEnd(): void {
    this.#hasEnded = true
    switch (this.#phase) {
      case 'idle':
      case 'head':
        this.#advance()
        break
      case 'held':
        // A client that waits in a queue and hangs up has lost patience; one that only half-closes is rarer.
        this.destroy()
        break
      case 'busy':
        if (this.#body.isDone) this.#exchange?.clientEnded()
        else this.destroy()
        break
      case 'tunnel':
        this.#exchange!.clientEnded()
        break
      case 'lingering':
      case 'over':
        break
    }
  }

  #onClosed(): void {
    const { clients, heads, wheel } = this.#shared
    this.#phase = 'over'
    this.#ahead = null
    wheel.remove(this.#clock)
    this.writer.close()
    clients.delete(this)
    heads.delete(this)
    const exchange = this.#exchange
    this.#exchange = null
    exchange?.clientGone()
  }

  #onExpired(): void {
    switch (this.#phase) {
      case 'idle':
      case 'lingering':
        this.destroy()
        break
      case 'head':
        this.#shared.heads.delete(this)
        this.#refuse(408)
        break
      case 'held':
        this.#exchange!.refuseHeld()
        break
      case 'busy':
        if (!this.#body.isDone) this.#checkBody()
        break
      case 'tunnel':
      case 'over':
        break
    }
  }

  #checkBody(): void {
    const isTooSlow = !this.#isPaused && this.#pace.isTooSlow(this.#shared.now(), this.#body.octets)
    if (isTooSlow) this.#breakOff(408)
    else this.#watchBody()
  }

  #watchBody(): void {
    const { now, wheel } = this.#shared
    wheel.arm(this.#clock, this.#pace.nextLook(now()))
  }
}
