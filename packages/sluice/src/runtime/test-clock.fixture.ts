import { setImmediate } from 'node:timers/promises'
import { VirtualClock } from '../sim/virtual-clock.ts'
import type { Clock } from './clock.ts'

/** A virtual clock as the runtime wants it: it goes on only while a test waits for something. */
export interface TestClock extends Clock {
  /** Goes from deadline to deadline until this holds; throws after so much virtual time. */
  until(holds: () => boolean | Promise<boolean>, withinMs?: number): Promise<void>
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>
}

export function testClock(startAt = 1_000_000): TestClock {
  const virtual = new VirtualClock(startAt)

  function at(atMs: number, run: () => void): () => void {
    let isOff = false
    virtual.after(atMs - virtual.now, () => {
      if (!isOff) run()
    })
    return () => {
      isOff = true
    }
  }

  // Everything here is in memory or synchronous, so a few turns of the event loop settle it.
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await setImmediate()
  }

  async function until(holds: () => boolean | Promise<boolean>, withinMs = 600_000): Promise<void> {
    const end = virtual.now + withinMs
    await settle()
    while (!(await holds())) {
      if (virtual.now > end) throw new Error(`did not come to pass within ${withinMs / 1_000} s: ${holds}`)
      if (!virtual.advance()) throw new Error(`nothing is left to happen, and not: ${holds}`)
      await settle()
    }
  }

  return {
    now: () => virtual.now,
    at,
    settle,
    until,
    async pass(ms) {
      let isOver = false
      at(virtual.now + ms, () => {
        isOver = true
      })
      await until(() => isOver, ms)
    },
  }
}
