const DISARMED = Number.POSITIVE_INFINITY

/**
 * A deadline in a wheel. Moving it later is one assignment, which is what a busy connection does all the time:
 * the wheel looks at the deadline again when it comes by, and only then moves it to its new slot.
 */
export class Deadline {
  at: number
  readonly onExpired: () => void
  /** The tick at which the wheel comes by; -1 while in no slot. */
  tick: number
  before: Deadline | null
  after: Deadline | null

  /** @param onExpired called once per arming, at most one tick late. */
  constructor(onExpired: () => void) {
    this.at = DISARMED
    this.onExpired = onExpired
    this.tick = -1
    this.before = null
    this.after = null
  }
}

/** One coarse clock for all deadlines of a process: a ring of slots, turned by whoever owns it. Times are milliseconds. */
export class TimerWheel {
  readonly #tickMs: number
  readonly #slots: (Deadline | null)[]
  #turnedTo: number

  /** @param tickMs how late a deadline may expire. */
  constructor(now: number, tickMs: number, slots = 512) {
    this.#tickMs = tickMs
    this.#slots = new Array(slots).fill(null)
    this.#turnedTo = Math.floor(now / tickMs)
  }

  /** Sets the deadline to `at`, whether or not it was armed before. */
  arm(deadline: Deadline, at: number): void {
    deadline.at = at
    const tick = this.#tickFor(at)
    if (deadline.tick >= 0 && deadline.tick <= tick) return
    if (deadline.tick >= 0) this.#unlink(deadline)
    this.#link(deadline, tick)
  }

  /** Cheap, and for a deadline that is likely to be armed again. */
  disarm(deadline: Deadline): void {
    deadline.at = DISARMED
  }

  /** Lets go of the deadline, so that the wheel keeps nothing alive. */
  remove(deadline: Deadline): void {
    deadline.at = DISARMED
    if (deadline.tick >= 0) this.#unlink(deadline)
  }

  /** Expires everything due at `now`. */
  turn(now: number): void {
    const until = Math.floor(now / this.#tickMs)
    // After a long pause of the process one full turn sees every slot.
    this.#turnedTo = Math.max(this.#turnedTo, until - this.#slots.length)
    while (this.#turnedTo < until) this.#visit(++this.#turnedTo, now)
  }

  #visit(tick: number, now: number): void {
    const slot = tick % this.#slots.length
    let next = this.#slots[slot] ?? null
    this.#slots[slot] = null
    // The chain is cut off and every member marked first: an expiry may arm or remove its neighbours.
    const due: Deadline[] = []
    while (next !== null) {
      const deadline: Deadline = next
      next = deadline.after
      deadline.tick = -1
      deadline.before = null
      deadline.after = null
      if (deadline.at !== DISARMED) due.push(deadline)
    }
    for (const deadline of due) this.#expireOrMove(deadline, now)
  }

  #expireOrMove(deadline: Deadline, now: number): void {
    if (deadline.at === DISARMED || deadline.tick >= 0) return
    if (deadline.at > now) {
      this.#link(deadline, this.#tickFor(deadline.at))
    } else {
      deadline.at = DISARMED
      deadline.onExpired()
    }
  }

  /** The tick after the deadline, so that it is never expired early; at most one turn of the wheel away. */
  #tickFor(at: number): number {
    const tick = Math.floor(at / this.#tickMs) + 1
    const farthest = this.#turnedTo + this.#slots.length - 1
    return tick > farthest ? farthest : tick <= this.#turnedTo ? this.#turnedTo + 1 : tick
  }

  #link(deadline: Deadline, tick: number): void {
    const slot = tick % this.#slots.length
    const head = this.#slots[slot] ?? null
    deadline.tick = tick
    deadline.before = null
    deadline.after = head
    if (head !== null) head.before = deadline
    this.#slots[slot] = deadline
  }

  #unlink(deadline: Deadline): void {
    const { before, after, tick } = deadline
    if (before !== null) before.after = after
    else this.#slots[tick % this.#slots.length] = after
    if (after !== null) after.before = before
    deadline.tick = -1
    deadline.before = null
    deadline.after = null
  }
}
