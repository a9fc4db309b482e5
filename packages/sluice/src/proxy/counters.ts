import { addHistogram, countDuration, createHistogram, type Histogram, sparse } from '../std/histogram.ts'
import type { CounterRow, FailureCause } from './control.ts'

export type Cohort = CounterRow['cohort']

/** Weight epochs that are counted apart. */
const EPOCHS_KEPT = 8
/** The weight epoch of what is too old to be told apart; no environment serves in it. */
const FORGOTTEN = 0
/** Stands for "several" where an instance has no row of its own any more, and for "none" where none was chosen. */
export const ANY = '*'

/** A `CounterRow` while it is being counted. */
export class Counter {
  readonly environment: string
  readonly release: string
  readonly instance: string
  readonly weightEpoch: number
  readonly cohort: Cohort
  requests = 0
  readonly status: [number, number, number, number, number, number] = [0, 0, 0, 0, 0, 0]
  readonly failures: Partial<Record<FailureCause, number>> = {}
  aborted = 0
  retried = 0
  failedForUser = 0
  cut = 0
  cold = 0
  bytesIn = 0
  bytesOut = 0
  firstByte: Histogram | null = null
  lastByte: Histogram | null = null
  /** Where this row went when it was folded; requests that began before it go there too. */
  #foldedInto: Counter | null = null

  constructor(environment: string, release: string, instance: string, weightEpoch: number, cohort: Cohort) {
    this.environment = environment
    this.release = release
    this.instance = instance
    this.weightEpoch = weightEpoch
    this.cohort = cohort
  }

  /** The row that counts for this one now. */
  get current(): Counter {
    let row: Counter = this
    while (row.#foldedInto !== null) row = row.#foldedInto
    return row
  }

  /** The first attempt was answered by the app. */
  countAnswer(status: number): void {
    this.requests++
    this.status[Math.floor(status / 100)]!++
  }

  /** The first attempt got no answer, or half of one. */
  countFailure(cause: FailureCause): void {
    this.requests++
    this.failures[cause] = (this.failures[cause] ?? 0) + 1
  }

  countFirstByte(ms: number): void {
    this.firstByte ??= createHistogram()
    countDuration(this.firstByte, ms)
  }

  countLastByte(ms: number): void {
    this.lastByte ??= createHistogram()
    countDuration(this.lastByte, ms)
  }

  foldInto(other: Counter): void {
    this.#foldedInto = other
    other.requests += this.requests
    this.status.forEach((count, i) => {
      other.status[i]! += count
    })
    for (const [cause, count] of Object.entries(this.failures) as [FailureCause, number][])
      other.failures[cause] = (other.failures[cause] ?? 0) + count
    other.aborted += this.aborted
    other.retried += this.retried
    other.failedForUser += this.failedForUser
    other.cut += this.cut
    other.cold += this.cold
    other.bytesIn += this.bytesIn
    other.bytesOut += this.bytesOut
    other.firstByte = sumOf(other.firstByte, this.firstByte)
    other.lastByte = sumOf(other.lastByte, this.lastByte)
  }

  toRow(): CounterRow {
    const { environment, release, instance, weightEpoch, cohort } = this
    const { requests, aborted, retried, failedForUser, cut, cold, bytesIn, bytesOut } = this
    return {
      ...{ environment, release, instance, weightEpoch, cohort },
      ...{ requests, aborted, retried, failedForUser, cut, cold, bytesIn, bytesOut },
      status: [...this.status],
      failures: { ...this.failures },
      firstByte: this.firstByte === null ? [] : sparse(this.firstByte),
      lastByte: this.lastByte === null ? [] : sparse(this.lastByte),
    }
  }
}

function sumOf(into: Histogram | null, other: Histogram | null): Histogram | null {
  if (other === null) return into
  into ??= createHistogram()
  addHistogram(into, other)
  return into
}

/** All counters of one worker since its boot. Rows only grow, or are folded into another row, so sums are exact. */
export class CounterBook {
  readonly #environments = new Map<string, Map<string, Counter>>()

  /** The row of these five, made when it is first asked for. Hold on to it: this is not for every request. */
  row(environment: string, release: string, instance: string, weightEpoch: number, cohort: Cohort): Counter {
    const rows = this.#rowsOf(environment)
    const key = `${weightEpoch} ${cohort} ${release} ${instance}`
    let row = rows.get(key)
    if (row === undefined) {
      row = new Counter(environment, release, instance, weightEpoch, cohort)
      rows.set(key, row)
    }
    return row
  }

  /**
   * Keeps the last weight epochs of an environment apart and folds what is older into epoch 0: in one of the last epochs
   * it would look as if it had been counted there just now.
   */
  foldEpochs(environment: string): void {
    const rows = this.#rowsOf(environment)
    const all = new Set([...rows.values()].map((row) => row.weightEpoch))
    const epochs = [...all].filter((epoch) => epoch !== FORGOTTEN).sort((a, b) => b - a)
    if (epochs.length <= EPOCHS_KEPT) return
    const oldest = epochs[EPOCHS_KEPT - 1]!
    for (const [key, row] of [...rows]) {
      if (row.weightEpoch >= oldest || row.weightEpoch === FORGOTTEN) continue
      rows.delete(key)
      row.foldInto(this.row(environment, row.release, row.instance, FORGOTTEN, row.cohort))
    }
  }

  /** Folds the rows of an instance that is long gone into those of `*`, so that memory is bounded. */
  foldInstance(environment: string, instance: string): void {
    const rows = this.#rowsOf(environment)
    for (const [key, row] of [...rows]) {
      if (row.instance !== instance) continue
      rows.delete(key)
      row.foldInto(this.row(environment, row.release, ANY, row.weightEpoch, row.cohort))
    }
  }

  /** Of one environment, or of all. */
  rows(environment?: string): CounterRow[] {
    const books = environment === undefined ? [...this.#environments.values()] : [this.#rowsOf(environment)]
    return books.flatMap((rows) => [...rows.values()].map((row) => row.toRow()))
  }

  #rowsOf(environment: string): Map<string, Counter> {
    let rows = this.#environments.get(environment)
    if (rows === undefined) {
      rows = new Map()
      this.#environments.set(environment, rows)
    }
    return rows
  }
}
