import type { Ms } from '../core/release.ts'

/** Time as the runtime asks for it; a virtual one in tests. */
export interface Clock {
  now(): Ms
  /** Runs once, not before `atMs`. Answers a function that calls it off. */
  at(atMs: Ms, run: () => void): () => void
}

const longestTimerMs = 2 ** 31 - 1

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(atMs, run) {
    const delayMs = Math.min(Math.max(0, atMs - Date.now()), longestTimerMs)
    const timer = setTimeout(run, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
