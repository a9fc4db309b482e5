import type { ArmCounts, BootCounts, Cohort } from '../../core/counts.ts'
import { bucketOf } from '../../std/histogram.ts'
import type { RouterCounts } from '../router.ts'
import type { LogLine } from './log-line.ts'

/** What one reader of HAProxy's log has counted; plain data, kept in a file, so that it outlives the reader. */
export interface Tally {
  boot: string
  environments: Record<string, Record<Cohort, Book> & { cut: Record<string, number> }>
  /** Lines read of each process of HAProxy, and the highest number among them. */
  lines: Record<number, { read: number; highest: number }>
}

/** The counts of one cohort of an environment. */
interface Book {
  arms: Record<string, Arm>
  instances: Record<string, { id: string; release: string; requests: number; bad: number }>
  totals: RouterCounts['totals']
}

type Arm = Omit<ArmCounts, 'latency'> & { latency: Record<number, number> }

/** Weight epochs that are told apart; what is older is counted in epoch 0. */
const epochsKept = 8
const forgotten = 0

export function newTally(boot: string): Tally {
  return { boot, environments: {}, lines: {} }
}

/** Books a request with the outcome of its first attempt, under the release and the weight epoch of its start. */
export function book(tally: Tally, line: LogLine, isCold: boolean): void {
  numberLine(tally, line)
  const { users, synthetic } = booksOf(tally, line.environment)
  const { arms, instances, totals } = line.cohort === 'users' ? users : synthetic
  const outcome = outcomeOf(line)
  if (outcome === 'cut') {
    bookCut(tally, line.environment, line.release)
    if (!line.isEndless) totals.failed++
    return
  }
  const arm = armOf(arms, line)
  if (outcome === 'aborted') {
    arm.aborted++
    totals.aborted++
    return
  }
  const isOdd = Number(line.instance?.split('-').at(-2)) % 2 === 1
  for (const half of isOdd ? [arm, arm.odd] : [arm]) {
    half.requests++
    if (outcome.isBad) half.bad++
    if (outcome.isClientError) half.clientErrors++
  }
  totals.requests++
  if (outcome.isFailed) totals.failed++
  if (line.retries > 0) totals.retried++
  if (line.instance !== null) {
    const key = `${line.release}/${line.instance}`
    instances[key] ??= { id: line.instance, release: line.release, requests: 0, bad: 0 }
    const instance = instances[key]
    instance.requests++
    if (outcome.isBad) instance.bad++
  }
  if (outcome.latencyMs !== null && !isCold) {
    const bucket = bucketOf(outcome.latencyMs)
    arm.latency[bucket] = (arm.latency[bucket] ?? 0) + 1
  }
}

/** Books a request or tunnel that a drain deadline has cut. */
export function bookCut(tally: Tally, environment: string, release: string): void {
  const { cut } = booksOf(tally, environment)
  cut[release] = (cut[release] ?? 0) + 1
}

/** Requests that an instance has had, by which it is known to be warm. */
export function requestsOf(tally: Tally, { environment, release, instance }: LogLine): number {
  const books = tally.environments[environment]
  const key = `${release}/${instance}`
  return (books?.users.instances[key]?.requests ?? 0) + (books?.synthetic.instances[key]?.requests ?? 0)
}

/** The counts of one environment over all readers, of which each is a boot of its own. */
export function routerCounts(tallies: Tally[], environment: string, cohort: Cohort = 'users'): RouterCounts {
  const books = tallies.map(({ boot, environments }) => ({ boot, book: environments[environment]?.[cohort] }))
  const instances: Book['instances'] = {}
  const totals = noTotals()
  for (const { book } of books) {
    for (const [key, one] of Object.entries(book?.instances ?? {})) {
      instances[key] ??= { ...one, requests: 0, bad: 0 }
      const sum = instances[key]
      sum.requests += one.requests
      sum.bad += one.bad
    }
    for (const key of ['requests', 'failed', 'retried', 'aborted'] as const)
      totals[key] += book?.totals[key] ?? 0
  }
  return {
    boots: books.map(({ boot, book }) => ({ boot, arms: armCounts(book?.arms ?? {}) })),
    instances: Object.values(instances),
    totals,
  }
}

/** Requests that drain deadlines have cut, per release. */
export function cutOf(tallies: Tally[], environment: string): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const { environments } of tallies)
    for (const [release, count] of Object.entries(environments[environment]?.cut ?? {}))
      sum[release] = (sum[release] ?? 0) + count
  return sum
}

/** Lines that HAProxy wrote and nobody read. */
export function lostLines(tallies: Tally[]): { lost: number; written: number } {
  const processes = new Map<string, { read: number; highest: number }>()
  for (const [pid, { read, highest }] of tallies.flatMap(({ lines }) => Object.entries(lines))) {
    const known = processes.get(pid) ?? { read: 0, highest: -1 }
    processes.set(pid, { read: known.read + read, highest: Math.max(known.highest, highest) })
  }
  let [lost, written] = [0, 0]
  for (const { read, highest } of processes.values()) {
    written += highest + 1
    lost += Math.max(0, highest + 1 - read)
  }
  return { lost, written }
}

type Outcome =
  | 'cut'
  | 'aborted'
  | { isBad: boolean; isClientError: boolean; isFailed: boolean; latencyMs: number | null }

function outcomeOf({ end, status, isEndless, retries, instance, firstByteMs }: LogLine): Outcome {
  if (end === 'K') return 'cut'
  const answered = end === '-' || isEndless
  if (!answered && (end === 'C' || end === 'c')) return 'aborted'
  // No release is to blame where nobody was there to ask.
  const isNobodys = instance === null
  const isBad = !isNobodys && (!answered || status >= 500 || retries > 0)
  return {
    isBad,
    isClientError: !isBad && status >= 400 && status < 500,
    isFailed: !answered || status >= 500,
    latencyMs: latencyOf({ answered, end, status, isBad, firstByteMs }),
  }
}

// An error is quick, and a release that fails fast must not look fast; one that is too slow to answer looks its slowest.
function latencyOf(found: {
  answered: boolean
  end: string
  status: number
  isBad: boolean
  firstByteMs: number | null
}): number | null {
  if (found.end === 's' && found.firstByteMs === null) return Number.POSITIVE_INFINITY
  return found.answered && !found.isBad && found.status < 400 ? found.firstByteMs : null
}

function numberLine({ lines }: Tally, { pid, number }: LogLine): void {
  lines[pid] ??= { read: 0, highest: -1 }
  const known = lines[pid]
  known.read++
  known.highest = Math.max(known.highest, number)
}

function booksOf(tally: Tally, environment: string): Tally['environments'][string] {
  tally.environments[environment] ??= { users: newBook(), synthetic: newBook(), cut: {} }
  return tally.environments[environment]
}

function newBook(): Book {
  return { arms: {}, instances: {}, totals: noTotals() }
}

function noTotals(): RouterCounts['totals'] {
  return { requests: 0, failed: 0, retried: 0, aborted: 0 }
}

function armOf(arms: Record<string, Arm>, { release, weightEpoch }: LogLine): Arm {
  const epochs = new Set(Object.keys(arms).map(epochOf)).add(weightEpoch)
  const kept = [...epochs]
    .filter((epoch) => epoch !== forgotten)
    .sort((a, b) => b - a)
    .slice(0, epochsKept)
  for (const key of Object.keys(arms)) {
    if (epochOf(key) === forgotten || kept.includes(epochOf(key))) continue
    const into = key.replace(/\d+$/, String(forgotten))
    arms[into] ??= newArm()
    addArm(arms[into], arms[key]!)
    delete arms[key]
  }
  const key = `${release}@${kept.includes(weightEpoch) ? weightEpoch : forgotten}`
  arms[key] ??= newArm()
  return arms[key]
}

function epochOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('@') + 1))
}

function newArm(): Arm {
  const odd = { requests: 0, bad: 0, clientErrors: 0 }
  return { requests: 0, bad: 0, clientErrors: 0, aborted: 0, odd, latency: {} }
}

function addArm(into: Arm, other: Arm): void {
  into.aborted += other.aborted
  for (const key of ['requests', 'bad', 'clientErrors'] as const) {
    into[key] += other[key]
    into.odd[key] += other.odd[key]
  }
  for (const [bucket, count] of Object.entries(other.latency))
    into.latency[Number(bucket)] = (into.latency[Number(bucket)] ?? 0) + count
}

function armCounts(arms: Record<string, Arm>): BootCounts['arms'] {
  const counted = Object.entries(arms).map(([key, arm]) => {
    const latency = Object.entries(arm.latency).map(([bucket, count]) => [Number(bucket), count] as const)
    return [key, { ...arm, odd: { ...arm.odd }, latency: latency.toSorted(([a], [b]) => a - b) }]
  })
  return Object.fromEntries(counted)
}
