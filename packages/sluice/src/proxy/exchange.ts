import type { Bagged } from '../std/bag.ts'
import { Deadline } from '../std/timer-wheel.ts'
import { Booking } from './booking.ts'
import type { ClientConnection } from './client-connection.ts'
import type { FailureCause } from './control.ts'
import { becomeError } from './drill.ts'
import type { Environment } from './environment.ts'
import type { HoldQueue } from './hold-queue.ts'
import { CONTENT_TYPE } from './http1/field-kind.ts'
import type { RequestHead } from './http1/request-head.ts'
import type { ResponseHead } from './http1/response-head.ts'
import { writeResponseHead } from './http1/write-head.ts'
import type { Instance } from './instance.ts'
import { Interim } from './interim.ts'
import { pickAgain, pickInstance, pickRelease } from './pick.ts'
import type { Release } from './release.ts'
import { type AttemptFailure, isIdempotent, isRepeatable } from './repeatable.ts'
import { Replay } from './replay.ts'
import type { Shared } from './shared.ts'
import { UpstreamConnection } from './upstream-connection.ts'
import type { Wish } from './wish.ts'

const NO_LINES: readonly string[] = []
const STATUS_OF: { [Cause in FailureCause]: 502 | 503 | 504 } = {
  refused: 502,
  reset: 502,
  badHead: 502,
  truncated: 502,
  timeout: 504,
  noInstance: 503,
  queueFull: 503,
}

/** One request of a client and its answer, over as many attempts as it takes. */
export class Exchange implements Bagged {
  /** Among the exchanges of its instance. */
  place: number
  readonly head: RequestHead
  readonly environment: Environment
  /** What it holds on to while it waits in a queue. */
  readonly heldBytes: number
  readonly #shared: Shared
  readonly #client: ClientConnection
  readonly #wish: Wish
  readonly #booking: Booking
  readonly #requestText: string
  readonly #wantsUpgrade: boolean
  #queue: HoldQueue | null
  #release: Release | null
  #instance: Instance | null
  #upstream: UpstreamConnection | null
  #tried: Instance[] | null
  #attempts: number
  #replay: Replay | null
  #isReplayLost: boolean
  readonly #interim: Interim
  /** Of the app's answer; 0 before it. */
  #status: number
  #keepsClient: boolean
  /** An event stream or a tunnel may last for ever, so it is counted apart. */
  #kind: 'answer' | 'events' | 'tunnel'
  #isOver: boolean
  #cutClock: Deadline | null
  /** Runs while a drill's request is made to look slow. */
  #delay: Deadline | null

  constructor(
    shared: Shared,
    client: ClientConnection,
    head: RequestHead,
    requestText: string,
    wantsUpgrade: boolean,
    wish: Wish,
  ) {
    this.place = -1
    this.head = head
    this.environment = wish.environment
    this.heldBytes = requestText.length + client.readAheadBytes
    this.#shared = shared
    this.#client = client
    this.#wish = wish
    this.#booking = new Booking(shared)
    this.#requestText = requestText
    this.#wantsUpgrade = wantsUpgrade
    this.#queue = null
    this.#release = null
    this.#instance = null
    this.#upstream = null
    this.#tried = null
    this.#attempts = 0
    this.#replay = null
    this.#isReplayLost = false
    this.#interim = new Interim()
    this.#status = 0
    this.#keepsClient = false
    this.#kind = 'answer'
    this.#isOver = false
    this.#cutClock = null
    this.#delay = null
  }

  get isRequestDone(): boolean {
    return this.#client.isRequestDone
  }

  /** The request is here, and goes as soon as its environment is not held. */
  begin(): void {
    const { fault } = this.#wish
    if (fault !== null && fault.delayMs > 0) this.#beginLater(fault.delayMs)
    else this.#begin()
  }

  #begin(): void {
    const { queue } = this.environment
    if (queue.isClosed) this.#wait(queue)
    else this.proceed()
  }

  /** Its turn has come: chooses and claims in one synchronous step, and sends. */
  proceed(): void {
    this.#queue = null
    const { key } = this.#wish
    if (this.#release === null) {
      this.#release = this.#wish.release ?? pickRelease(this.environment, key)
      if (this.#release?.queue.isClosed) {
        this.#wait(this.#release.queue)
        return
      }
    }
    const instance = this.#release === null ? null : pickInstance(this.#release, key, this.#shared.now())
    if (instance === null) {
      this.#failWithoutInstance()
    } else {
      this.#booking.assign(instance, this.#wish.cohort, this.#wish.fault !== null)
      this.#send(instance)
      this.#client.exchangeStarted()
    }
  }

  /** It has waited too long, or found the queue full. */
  refuseHeld(): void {
    this.#queue?.leave(this)
    // No release is to blame for a queue.
    this.#booking.assignNobody(this.environment, null, this.#wish.cohort)
    this.#failAs('queueFull')
  }

  /** A part of the request's body. */
  passToApp(slice: Buffer): void {
    this.#booking.bytesIn += slice.length
    if (!this.#isReplayLost) this.#keep(slice)
    if (this.#upstream !== null && !this.#upstream.write(slice)) this.#client.pauseBody()
  }

  /** The last part of the request's body has been passed on. */
  requestEnded(): void {
    this.#upstream?.requestEnded()
  }

  /** The app has taken what was written to it. */
  appDrained(): void {
    if (this.#upstream?.isConnected) this.#client.resumeBody()
  }

  connected(): void {
    if (!isIdempotent(this.head.method)) this.#dropReplay()
    this.#client.resumeBody()
  }

  /** An interim response other than 101. */
  respondInterim(head: ResponseHead): void {
    const text = this.#interim.relay(head, this.head, this.#attempts)
    if (text !== null) this.#client.writer.write(text)
  }

  /**
   * The head of the answer. Its body follows by `passToClient`, its end by `responseEnded`.
   *
   * @param isEndedByClose the body has no end of its own.
   */
  respond(head: ResponseHead, isEndedByClose: boolean): void {
    this.#booking.firstByte()
    this.#dropReplay()
    const { fault } = this.#wish
    if (fault !== null && this.#shared.random() < fault.errorShare) becomeError(head)
    this.#status = head.status
    const decodeChunked = this.head.minor === 0
    this.#keepsClient = !isEndedByClose && !(decodeChunked && head.chunked) && this.#mayKeepClient()
    const connection = this.#keepsClient ? 'keep-alive' : 'close'
    const extra = this.#wish.lines
    this.#client.writer.holdHead(writeResponseHead(head, { connection, decodeChunked, extra }))
    if (!isEventStream(head)) return
    this.#booking.opened(head.status)
    this.#becomeEndless('events')
    this.#upstream!.allowGap(this.#shared.limits.eventStreamGapMs)
  }

  /**
   * A part of the answer's body, as it has to be written.
   *
   * @param isVolatile the bytes are valid in this turn only.
   */
  passToClient(slice: Buffer, isVolatile: boolean): void {
    this.#booking.bytesOut += slice.length
    if (!this.#client.writer.writeBody(slice, isVolatile)) this.#upstream?.pause()
  }

  /** All that has come of the answer was passed on, and more will follow. */
  responsePaused(): void {
    this.#client.writer.flush()
  }

  responseEnded(): void {
    this.#client.writer.flush()
    this.#booking.answered(this.#status)
    const upstream = this.#upstream!
    const isComplete = this.#client.isRequestDone
    this.#end()
    if (isComplete) upstream.giveBack()
    else upstream.destroy()
    this.#client.exchangeEnded(this.#keepsClient)
  }

  /** The app ended its answer too early. */
  truncated(): void {
    this.#booking.failed('truncated')
    this.#booking.failedForUser()
    this.#end()
    this.#breakOff(502)
  }

  /** The connection to the app is gone, and nothing of an answer has been passed on. */
  attemptFailed(cause: AttemptFailure): void {
    const instance = this.#instance!
    this.#booking.failed(cause)
    this.#upstream = null
    this.#instance = null
    instance.letGo(this, false)
    if (cause === 'refused') instance.eject()
    if (!this.#mayRetry(cause) || !this.#retry(instance)) this.#failAs(cause)
  }

  /** The client has left. */
  clientGone(): void {
    this.#booking.aborted()
    this.#abandon()
  }

  /** The client's body is broken, too slow or too large. True when it can still be told. */
  requestBroke(): boolean {
    this.#booking.aborted()
    this.#abandon()
    return !this.#hasResponded
  }

  /** The client has taken what was written to it. */
  clientDrained(): void {
    this.#upstream?.resume()
  }

  /** The client will send nothing more. One that reads an event stream and says so has gone. */
  clientEnded(): void {
    if (this.#kind === 'tunnel') this.#upstream?.endWriting()
    else if (this.#kind === 'events') this.#client.destroy()
  }

  /** Cuts it within the next moments: tunnels in the first half of the time, requests in the second. */
  cutSoon(): void {
    if (this.#cutClock !== null) return
    const { limits, now, random, wheel } = this.#shared
    const half = limits.cutSpreadMs / 2
    this.#cutClock = new Deadline(() => this.#cut())
    wheel.arm(this.#cutClock, now() + random() * half + (this.#kind === 'answer' ? half : 0))
  }

  /** True when the app takes up the upgrade that was forwarded to it. */
  expectsUpgrade(head: ResponseHead): boolean {
    return this.#wantsUpgrade && head.upgrade === this.head.upgrade
  }

  /** The app has switched protocols: from now on bytes go both ways as they come. */
  beginTunnel(head: ResponseHead): void {
    this.#booking.firstByte()
    this.#booking.opened(101)
    this.#dropReplay()
    this.#status = 101
    this.#becomeEndless('tunnel')
    const extra = this.#wish.lines
    this.#client.writer.write(writeResponseHead(head, { connection: 'upgrade', decodeChunked: false, extra }))
    this.#upstream!.becomeTunnel()
    this.#client.beginTunnel()
  }

  /** The app has ended its direction of the tunnel. */
  tunnelAppEnded(): void {
    this.#client.endWriting()
  }

  /** The app's connection is closed, so there is nobody to copy for. */
  tunnelClosed(): void {
    this.#end()
    this.#client.tunnelClosed()
  }

  // To its client it is as if it stood in a queue.
  #beginLater(delayMs: number): void {
    const { now, wheel } = this.#shared
    this.#delay = new Deadline(() => this.#begin())
    wheel.arm(this.#delay, now() + delayMs)
    this.#client.waits(2 * delayMs + this.#shared.limits.connectMs)
  }

  #wait(queue: HoldQueue): void {
    this.#queue = queue
    if (queue.enter(this)) this.#client.waits(queue.patience.maxWaitMs)
    else this.refuseHeld()
  }

  /** Nothing serves: the release that was to, or that has a weight, is counted as failing. */
  #failWithoutInstance(): void {
    const release = this.#release ?? this.environment.releases.find(({ weight }) => weight > 0)
    this.#booking.assignNobody(this.environment, release?.id ?? null, this.#wish.cohort)
    this.#failAs('noInstance')
  }

  #send(instance: Instance): void {
    this.#attempts++
    this.#instance = instance
    instance.claim(this)
    const isFirst = this.#attempts === 1
    const mustBeFresh = !isIdempotent(this.head.method)
    const idle = isFirst ? instance.pool.take(mustBeFresh, this.#shared.now()) : null
    const upstream = idle ?? new UpstreamConnection(this.#shared, instance)
    this.#upstream = upstream
    const message = this.#replay === null ? this.#requestText : this.#replay.after(this.#requestText)
    if (upstream.isConnected && mustBeFresh) this.#dropReplay()
    const flows = upstream.begin(this, message)
    // Until there is a connection no more is read than can be sent again on another one.
    if (!flows || !upstream.isConnected) this.#client.pauseBody()
  }

  #mayRetry(cause: AttemptFailure): boolean {
    if (this.#attempts > this.#shared.limits.retries || this.#client.isGone) return false
    if (this.#isReplayLost && this.#booking.bytesIn > 0) return false
    return isRepeatable(cause, this.head.method)
  }

  #retry(failed: Instance): boolean {
    this.#tried ??= []
    this.#tried.push(failed)
    const mayLeave = this.#wish.release === null
    const next = pickAgain(this.#release!, this.#wish.key, this.#tried, mayLeave, this.#shared.now())
    if (next === null) return false
    this.#booking.retried()
    this.#send(next)
    return true
  }

  /** Answers the client that this request has failed. */
  #failAs(cause: FailureCause): void {
    this.#booking.failed(cause)
    this.#booking.failedForUser()
    const status = STATUS_OF[cause]
    this.#end()
    this.#client.answer(status, status === 503 ? ['Retry-After: 1'] : NO_LINES)
  }

  #cut(): void {
    if (this.#isOver) return
    this.#booking.cut()
    if (this.#kind === 'answer') this.#booking.failedForUser()
    this.#abandon()
    this.#breakOff(504)
  }

  /** The client sees an error where it can still be told, and else a broken connection. */
  #breakOff(status: number): void {
    if (this.#hasResponded) {
      this.#client.cutOff()
    } else {
      this.#client.writer.dropHead()
      this.#client.answer(status, NO_LINES)
    }
  }

  /** Something of the app's answer is on its way to the client. */
  get #hasResponded(): boolean {
    return this.#status !== 0 && !this.#client.writer.holdsHead
  }

  /** Ends without an answer. */
  #abandon(): void {
    const upstream = this.#upstream
    this.#queue?.leave(this)
    this.#end()
    upstream?.destroy()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#dropReplay()
    this.#booking.close()
    if (this.#cutClock !== null) this.#shared.wheel.remove(this.#cutClock)
    if (this.#delay !== null) this.#shared.wheel.remove(this.#delay)
    this.#upstream = null
    this.#instance?.letGo(this, this.#kind !== 'answer')
    this.#instance = null
    this.environment.queue.next()
  }

  #keep(slice: Buffer): void {
    this.#replay ??= new Replay(this.#shared)
    if (!this.#replay.keep(slice) && this.#upstream !== null) this.#dropReplay()
  }

  #dropReplay(): void {
    this.#isReplayLost = true
    if (this.#replay === null) return
    this.#replay.drop()
    this.#replay = null
  }

  #mayKeepClient(): boolean {
    if (!this.head.keepAlive || this.#shared.isDraining) return false
    // The client may or may not send the body that it was not asked for.
    return !this.head.expectsContinue || this.#interim.hasContinued || this.#client.isRequestDone
  }

  #becomeEndless(kind: 'events' | 'tunnel'): void {
    this.#kind = kind
    this.#instance!.becameTunnel()
    this.environment.queue.next()
  }
}

function isEventStream({ kinds, values }: ResponseHead): boolean {
  const at = kinds.indexOf(CONTENT_TYPE)
  return at >= 0 && /^text\/event-stream/i.test(values[at]!)
}
