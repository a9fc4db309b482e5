import type { Ms } from '../core/release.ts'

/** Time as the runtime asks for it; a virtual one in tests. */
export interface Clock {
  /** Never less than before. */
  now(): Ms
  /** Runs once, not before `atMs`. Answers a function that calls it off. */
  at(atMs: Ms, run: () => void): () => void
}

/** Node's timers take no longer delays; a longer wait is made of several. */
const longestTimerMs = 2 ** 31 - 1
/** A wall clock that is so much behind was set back; less than that it was only corrected. */
const correctionMs = 1_000

/**
 * The machine's clock. Where somebody sets it back, time goes on from where it was: nothing that is waited for comes an
 * hour late. Its timers do not keep the process alive.
 */
export function openClock(readings = { wallMs: Date.now, steadyMs: () => performance.now() }): Clock {
  const { wallMs, steadyMs } = readings
  let [newest, steadyThen, aheadMs] = [wallMs(), steadyMs(), 0]

  function now(): Ms {
    const steady = steadyMs()
    const expected = newest + (steady - steadyThen)
    const isSetBack = expected - (wallMs() + aheadMs) > correctionMs
    if (isSetBack) aheadMs = Math.round(expected - wallMs())
    newest = Math.max(newest, wallMs() + aheadMs)
    steadyThen = steady
    return newest
  }

  function at(atMs: Ms, run: () => void): () => void {
    let timer: NodeJS.Timeout
    const arm = () => {
      const delayMs = Math.min(Math.max(0, atMs - now()), longestTimerMs)
      timer = setTimeout(() => (now() >= atMs ? run() : arm()), delayMs)
      timer.unref()
    }
    arm()
    return () => clearTimeout(timer)
  }

  return { now, at }
}

export const systemClock = openClock()

/** Resolves not before `atMs`, and at once where that is past. */
export function until(clock: Clock, atMs: Ms): Promise<void> {
  if (atMs <= clock.now()) return Promise.resolve()
  return new Promise((resolve) => void clock.at(atMs, resolve))
}

/**
 * Runs `work` after `firstInMs` (0: at once), and again so long after each time that it has ended. Answers a function that
 * ends this; what runs then runs to its end.
 */
export function repeat(
  clock: Clock,
  { everyMs, firstInMs = everyMs }: { everyMs: Ms; firstInMs?: Ms },
  work: () => Promise<void>,
): () => void {
  let isOver = false
  let callOff = () => {}

  async function turn(): Promise<void> {
    await work()
    if (!isOver) next(everyMs)
  }

  function next(inMs: Ms): void {
    callOff = clock.at(clock.now() + inMs, () => void turn())
  }

  if (firstInMs === 0) void turn()
  else next(firstInMs)
  return () => {
    isOver = true
    callOff()
  }
}

/** The same clock, so far ahead that it is not before `earliest`: what was written down before a restart stays past. */
export function notBefore(clock: Clock, earliest: Ms): Clock {
  const aheadMs = Math.max(0, earliest - clock.now())
  if (aheadMs === 0) return clock
  return { now: () => clock.now() + aheadMs, at: (atMs, run) => clock.at(atMs - aheadMs, run) }
}
