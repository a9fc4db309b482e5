import type { Socket } from 'node:net'
import { Deadline } from '../std/timer-wheel.ts'
import type { Shared } from './shared.ts'

/** What goes out to one client: a head together with the first part of its body, and only as fast as it is taken. */
export class ClientWriter {
  readonly #shared: Shared
  readonly #socket: Socket
  readonly #stall: Deadline
  /** A head that waits for something of its body. */
  #head: string
  /** What was waiting when the clock of a stalled reader was last wound up. */
  #waitingBytes: number

  constructor(shared: Shared, socket: Socket) {
    this.#shared = shared
    this.#socket = socket
    this.#stall = new Deadline(() => this.#onStalled())
    this.#head = ''
    this.#waitingBytes = 0
  }

  /** True while a head was given and nothing of it has left. */
  get holdsHead(): boolean {
    return this.#head !== ''
  }

  /** A head that is to leave with the first part of the body, or with `flush`. */
  holdHead(text: string): void {
    this.#head = text
  }

  dropHead(): void {
    this.#head = ''
  }

  /**
   * A part of the body. False when the client is slower than the app.
   *
   * @param isVolatile the bytes are valid in this turn only.
   */
  writeBody(slice: Buffer, isVolatile: boolean): boolean {
    if (this.#head === '') return this.write(isVolatile ? Buffer.from(slice) : slice)
    const message = Buffer.allocUnsafe(this.#head.length + slice.length)
    const length = message.write(this.#head, 'latin1')
    slice.copy(message, length)
    this.#head = ''
    return this.write(message)
  }

  /** Sends the head that waits, if one does. */
  flush(): void {
    if (this.#head === '') return
    const text = this.#head
    this.#head = ''
    this.write(text)
  }

  /** Text is latin1. False when the client is slower than we are. */
  write(data: Buffer | string): boolean {
    const flows = this.#shared.outbox.write(this.#socket, data)
    if (!flows) this.#watch()
    return flows
  }

  /** Everything written so far has left. */
  drained(): void {
    this.#shared.wheel.disarm(this.#stall)
  }

  /** Ends our direction; `onLeft` is called when the last byte has left. */
  end(onLeft: () => void): void {
    if (this.#socket.writableLength > 0) this.#watch()
    this.#socket.end(() => {
      this.drained()
      onLeft()
    })
  }

  /** The connection is closed. */
  close(): void {
    this.#shared.wheel.remove(this.#stall)
  }

  #watch(): void {
    this.#waitingBytes = this.#socket.writableLength
    this.#shared.wheel.arm(this.#stall, this.#shared.now() + this.#shared.limits.stalledReaderMs)
  }

  #onStalled(): void {
    if (this.#socket.writableLength < this.#waitingBytes) this.#watch()
    else this.#socket.destroy()
  }
}
