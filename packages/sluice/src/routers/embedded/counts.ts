import type { ArmCounts, BootCounts, Cohort } from '../../core/counts.ts'
import type { CounterRow, FailureCause, WorkerReading } from '../../proxy/control.ts'
import type { RouterCounts } from '../router.ts'

/** Stands for instances that are long gone. */
const severalInstances = '*'

/** Failures for which the release is not to blame: nobody was there to ask, or nobody was asked in time. */
const blameless = new Set<FailureCause>(['noInstance', 'queueFull'])

/** The proxy's rows of one environment as the engine counts them: one cohort, added up per release and weight epoch. */
export function routerCounts(readings: WorkerReading[], cohort: Cohort = 'users'): RouterCounts {
  const own = readings.map(({ boot, rows }) => ({ boot, rows: rows.filter((row) => row.cohort === cohort) }))
  const rows = own.flatMap((reading) => reading.rows)
  return {
    boots: own.map(bootCounts),
    instances: instancesOf(rows),
    totals: {
      requests: sum(rows, (row) => row.requests),
      // A 5xx of the app's own is never tried elsewhere, so it is what the user got.
      failed: sum(rows, (row) => row.failedForUser + row.status[5]),
      retried: sum(rows, (row) => row.retried),
      aborted: sum(rows, (row) => row.aborted),
    },
  }
}

function instancesOf(rows: CounterRow[]): RouterCounts['instances'] {
  const named = rows.filter(({ instance }) => instance !== severalInstances)
  const byInstance = Object.groupBy(named, ({ release, instance }) => `${release}/${instance}`)
  return Object.values(byInstance).map((ofOne) => {
    const { instance: id, release } = ofOne![0]!
    return { id, release, requests: sum(ofOne!, (row) => row.requests), bad: sum(ofOne!, badOf) }
  })
}

function bootCounts({ boot, rows }: Pick<WorkerReading, 'boot' | 'rows'>): BootCounts {
  const arms = Object.groupBy(rows, (row) => `${row.release}@${row.weightEpoch}`)
  const counted = Object.entries(arms).map(([arm, ofArm]) => [arm, armCounts(ofArm ?? [])])
  return { boot, arms: Object.fromEntries(counted) }
}

function armCounts(rows: CounterRow[]): ArmCounts {
  return {
    requests: sum(rows, (row) => row.requests),
    bad: sum(rows, badOf),
    clientErrors: sum(rows, (row) => row.status[4]),
    aborted: sum(rows, (row) => row.aborted),
    odd: oddHalf(rows),
    latency: addHistograms(rows.map((row) => row.firstByte)),
  }
}

/** Instances are numbered by slot, `r7-0-1` is in slot 0; what is left of those that are long gone is in neither half. */
function oddHalf(rows: CounterRow[]): ArmCounts['odd'] {
  const odd = rows.filter(({ instance }) => Number(instance.split('-').at(-2)) % 2 === 1)
  return {
    requests: sum(odd, (row) => row.requests),
    bad: sum(odd, badOf),
    clientErrors: sum(odd, (row) => row.status[4]),
  }
}

function badOf(row: CounterRow): number {
  return row.status[5] + blamedFailures(row)
}

function blamedFailures({ failures }: CounterRow): number {
  const causes = Object.entries(failures) as [FailureCause, number][]
  return sum(causes, ([cause, count]) => (blameless.has(cause) ? 0 : count))
}

function addHistograms(histograms: [index: number, count: number][][]): [number, number][] {
  const total = new Map<number, number>()
  for (const [index, count] of histograms.flat()) total.set(index, (total.get(index) ?? 0) + count)
  return [...total].sort(([a], [b]) => a - b)
}

function sum<T>(items: T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
