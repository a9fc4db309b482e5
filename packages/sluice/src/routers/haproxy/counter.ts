import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Cohort } from '../../core/counts.ts'
import { readJson, writeJson } from '../../host/json-file.ts'
import type { RouterCounts } from '../router.ts'
import type { HaproxyHome } from './home.ts'
import { type LogLine, parseLine } from './log-line.ts'
import { type LogReader, openLogReader } from './log-reader.ts'
import { book, bookCut, cutOf, lostLines, newTally, requestsOf, routerCounts, type Tally } from './tally.ts'

/** What was counted, by this reader of the log and by those before it. */
export interface Counter {
  /** Everything that was answered before this call. Throws PROXY_UNREACHABLE. */
  counts(environment: string, cohort?: Cohort): Promise<RouterCounts>
  cut(environment: string): Record<string, number>
  /** One that was cut where no log says so. */
  noteCut(environment: string, release: string): void
  warnings(): string[]
  close(): Promise<void>
}

/** More than any rollout sees; older ones are forgotten. */
const mostBoots = 32
/** An instance is cold for so long or for so many requests, whichever ends first. */
const coldMs = 120_000
const coldRequests = 500

/** Begins to count. `sinceOf` says when an instance was first routed to. */
export async function openCounter(
  home: HaproxyHome,
  options: { withinMs: number; now(): number; sinceOf(environment: string, instance: string): number | null },
): Promise<Counter> {
  const boot = `${options.now().toString(36)}-${randomUUID().slice(0, 8)}`
  const tally = newTally(boot)
  const file = join(home.counts, `${boot}.json`)
  let isChanged = false
  let reader: LogReader | null = await openLogReader(home, hear)
  let earlier = await readEarlier(home)

  function hear(text: string): void {
    const line = parseLine(text)
    if (line === null) return
    isChanged = true
    book(tally, line, isCold(line))
  }

  function isCold(line: LogLine): boolean {
    if (line.cohort === 'drill' || line.instance === null) return false
    const since = options.sinceOf(line.environment, line.instance)
    if (since === null || options.now() - since > coldMs) return false
    return requestsOf(tally, line) < coldRequests
  }

  // Before it is told to anybody: what was told once is never less after a restart.
  async function save(): Promise<void> {
    if (!isChanged) return
    isChanged = false
    await writeJson(file, tally, { durable: false })
  }

  async function counts(environment: string, cohort?: Cohort): Promise<RouterCounts> {
    if (reader === null) {
      reader = await openLogReader(home, hear)
      earlier = await readEarlier(home)
      if (reader === null) return routerCounts(earlier, environment, cohort)
    }
    await reader.catchUp(options.withinMs)
    await save()
    return routerCounts([...earlier, tally], environment, cohort)
  }

  function warnings(): string[] {
    const { lost, written } = lostLines([...earlier, tally])
    if (lost === 0) return []
    return [
      `${lost} of ${written} requests were not counted: HAProxy's log was not read while it wrote of them.`,
    ]
  }

  function noteCut(environment: string, release: string): void {
    isChanged = true
    bookCut(tally, environment, release)
  }

  async function close(): Promise<void> {
    await reader?.catchUp(options.withinMs).catch(() => {})
    reader?.close()
    await save()
  }

  const cut = (environment: string) => cutOf([...earlier, tally], environment)
  return { counts, cut, noteCut, warnings, close }
}

// Names of boots sort by time.
async function readEarlier({ counts }: HaproxyHome): Promise<Tally[]> {
  const names = readdirSync(counts)
    .filter((name) => name.endsWith('.json'))
    .sort()
  for (const old of names.splice(0, Math.max(0, names.length - mostBoots)))
    rmSync(join(counts, old), { force: true })
  const tallies = await Promise.all(names.map((name) => readJson<Tally>(join(counts, name))))
  return tallies.filter((tally) => tally !== null)
}
