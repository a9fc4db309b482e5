import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import type { WorkerReading } from './control.ts'
import { type ProxyHome, workerFiles } from './home.ts'
import { lostReading } from './readings.ts'
import type { WorkerCounters } from './worker-control.ts'

/** More than any rollout sees; older ones are forgotten, in memory and on disk. */
const mostBoots = 32

/** Final counters of workers that are gone, newest last. Those with last words survive the supervisor too. */
export interface EndedBoots {
  readonly readings: WorkerReading[]
  /** Books the end of a worker; `newest` is what was last read from it, used where it left no last words. */
  add(boot: string, newest: WorkerCounters | null): WorkerReading
}

export function openEndedBoots(home: ProxyHome): EndedBoots {
  const readings = bootsWithLastWords(home).flatMap((boot) => lastWords(home, boot) ?? [])
  forgetOldest()

  function forgetOldest(): void {
    for (const { boot } of readings.splice(0, Math.max(0, readings.length - mostBoots))) {
      rmSync(workerFiles(home, boot).lastWords, { force: true })
    }
  }

  function add(boot: string, newest: WorkerCounters | null): WorkerReading {
    const reading = lastWords(home, boot) ?? lostReading(boot, newest)
    const known = readings.findIndex((other) => other.boot === boot)
    if (known >= 0) readings.splice(known, 1) // It ended between its last words and the removal of its card.
    readings.push(reading)
    forgetOldest()
    return reading
  }

  return { readings, add }
}

// Boot ids sort by time.
function bootsWithLastWords(home: ProxyHome): string[] {
  const ending = '.last.json'
  const names = readdirSync(home.workers).filter((name) => name.endsWith(ending))
  return names.map((name) => name.slice(0, -ending.length)).sort()
}

function lastWords(home: ProxyHome, boot: string): WorkerReading | null {
  const path = workerFiles(home, boot).lastWords
  if (!existsSync(path)) return null
  try {
    return { ...JSON.parse(readFileSync(path, 'utf8')), boot, ended: true, lost: false }
  } catch {
    return lostReading(boot, null)
  }
}
