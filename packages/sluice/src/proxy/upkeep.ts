import { answerLimitMs, type Fleet, type KnownWorker } from './fleet.ts'
import type { Warnings } from './warnings.ts'
import { defaultDrain } from './worker.ts'

export interface UpkeepOptions {
  fleet: Fleet
  /** How many shall accept. */
  wanted: number
  code(): string
  warnings: Warnings
  /** Births and deaths stand in one row with applies and upgrades. */
  inTurn<T>(task: () => Promise<T>): Promise<T>
}

/** Keeps as many workers accepting as were wanted. */
export interface Upkeep {
  /**
   * Brings the fleet to its full number, and no more. With too few the rest is tried again later, and a warning says so;
   * throws the reason when not even one accepts.
   */
  strengthen(): Promise<void>
  /** A worker died without having been told to: another one soon, or after a pause when they die in a row. */
  afterDeath(): void
  close(): void
}

/** How often workers are asked whether they live, and how many unanswered questions in a row make one hang. */
const greetEveryMs = 1000
const mostSilences = 5

const deathsWithoutPause = 4
const firstPauseMs = 200
const longestPauseMs = 30_000
/** After so long without a death or a failed birth the next one is the first again. */
const calmMs = 60_000

export function openUpkeep({ fleet, wanted, code, warnings, inTurn }: UpkeepOptions): Upkeep {
  let troubles = { count: 0, lastAt: 0 }
  let isClosed = false
  let retry: NodeJS.Timeout | null = null
  let nextGreeting = setTimeout(greetAll, greetEveryMs)

  async function strengthen(): Promise<void> {
    if (isClosed) return
    try {
      while (fleet.serving().length < wanted) await fleet.birth(code())
      await Promise.allSettled(surplus().map((worker) => fleet.drain(worker, defaultDrain)))
    } catch (error) {
      const serving = fleet.serving().length
      warnings.add(`${serving} of ${wanted} workers accept: ${(error as Error).message}`)
      later(pauseAfterTrouble(0))
      if (serving === 0) throw error
    }
  }

  /** The oldest beyond the wanted number: an upgrade whose supervisor died has left both generations. */
  function surplus(): KnownWorker[] {
    const oldestFirst = fleet.serving().toSorted((a, b) => (a.card.boot < b.card.boot ? -1 : 1))
    return oldestFirst.slice(0, -wanted)
  }

  function afterDeath(): void {
    later(pauseAfterTrouble(deathsWithoutPause))
  }

  function later(ms: number): void {
    if (isClosed) return
    if (retry !== null) clearTimeout(retry)
    retry = setTimeout(() => {
      retry = null
      void inTurn(strengthen).catch(() => {}) // It has warned, and will try again.
    }, ms)
  }

  function pauseAfterTrouble(forgiven: number): number {
    const now = performance.now()
    const count = now - troubles.lastAt > calmMs ? 1 : troubles.count + 1
    troubles = { count, lastAt: now }
    return count <= forgiven
      ? 0
      : Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(20, count - forgiven - 1))
  }

  async function greetAll(): Promise<void> {
    await Promise.all(
      fleet.workers.map(async (worker) => {
        worker.silences = (await fleet.refresh(worker, answerLimitMs)) ? 0 : worker.silences + 1
      }),
    )
    const hanging = fleet.workers.filter((worker) => worker.silences >= mostSilences)
    for (const worker of hanging) {
      warnings.add(`worker ${worker.card.boot} hangs and is replaced`)
      await inTurn(() => fleet.dismiss(worker)).catch(() => {}) // Its end is seen to wherever it comes.
    }
    await inTurn(fleet.adopt).catch((error) => warnings.add(`workers cannot be looked for: ${error.message}`))
    if (fleet.serving().length !== wanted && retry === null) later(0)
    if (!isClosed) nextGreeting = setTimeout(greetAll, greetEveryMs)
  }

  function close(): void {
    isClosed = true
    clearTimeout(nextGreeting)
    if (retry !== null) clearTimeout(retry)
  }

  return { strengthen, afterDeath, close }
}
