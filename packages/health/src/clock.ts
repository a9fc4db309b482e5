/** Where time comes from, so that a test can bring its own. */
export interface Clock {
  /** Milliseconds that only ever grow. */
  now(): number
  date(): Date
  /** Runs `then` once after `ms`; the returned function takes it back. */
  after(ms: number, then: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  after(ms, then) {
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
}
