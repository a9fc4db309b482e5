import type { Clock } from './clock.ts'

/** A clock that stands still until it is told to go. */
export interface VirtualClock extends Clock {
  /** Goes on by `ms`; timers on the way fire at their time, and what they set off is done before the next one. */
  advance(ms: number): Promise<void>
}

export function virtualClock(): VirtualClock {
  let nowMs = 0
  let timers: { at: number; then: () => void }[] = []

  async function advance(ms: number) {
    const until = nowMs + ms
    for (;;) {
      await settled()
      const next = timers.reduce<(typeof timers)[number] | null>(
        (first, timer) => (timer.at <= until && (first === null || timer.at < first.at) ? timer : first),
        null,
      )
      if (next === null) break
      timers = timers.filter((timer) => timer !== next)
      nowMs = Math.max(nowMs, next.at)
      next.then()
    }
    nowMs = until
  }

  return {
    now: () => nowMs,
    date: () => new Date(Date.UTC(2026, 0, 1) + nowMs),
    after(ms, then) {
      const timer = { at: nowMs + ms, then }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance,
  }
}

/** Every promise that can be settled without a timer is. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
