import type { WorkerReading } from './control.ts'
import type { WorkerCounters } from './worker-control.ts'

/** What is known of a worker that has not been read yet. */
export const noCounters: WorkerCounters = { epoch: 0, rows: [], gauges: [], unrouted: 0 }

/** Newest counters over those known: a reading of one environment says nothing of the others. */
export function updatedCounters(
  known: WorkerCounters | null,
  newer: WorkerCounters,
  environment: string | undefined,
): WorkerCounters {
  if (known === null || environment === undefined) return newer
  const ofOthers = (row: { environment: string }) => row.environment !== environment
  return {
    ...newer,
    rows: [...known.rows.filter(ofOthers), ...newer.rows],
    gauges: [...known.gauges.filter(ofOthers), ...newer.gauges],
  }
}

/** The part of a reading that concerns one environment, or all of it. */
export function ofEnvironment(reading: WorkerReading, environment: string | undefined): WorkerReading {
  if (environment === undefined) return reading
  const isOfIt = (row: { environment: string }) => row.environment === environment
  return { ...reading, rows: reading.rows.filter(isOfIt), gauges: reading.gauges.filter(isOfIt) }
}

/** A worker that ended without a last word: nothing is in flight in it any more, and its newest counts are missing. */
export function lostReading(boot: string, newest: WorkerCounters | null): WorkerReading {
  const { epoch, rows, unrouted } = newest ?? noCounters
  return { boot, ended: true, lost: true, epoch, rows, gauges: [], unrouted }
}
