import { type Baseline, unknownBaseline } from '../../packages/sluice/src/core/analysis/baseline.ts'
import { TrafficHistory } from '../../packages/sluice/src/server/traffic-history.ts'
import { Counter } from './counter.ts'
import type { Course, Scenario } from './scenario.ts'
import { nobody, type Traffic, together } from './traffic.ts'

/** How many instances share the traffic; they are all alike. */
export const instances = { candidate: 2, stable: 4 }

/** The shipped history takes a sample this often, and keeps half an hour of them. */
const sampleSeconds = 10
const pastSeconds = 1_800

/** What the shipped agent knows of stable when the hour begins, at 0 ms, from half an hour of the same traffic. */
export function pastOf({ hasPast, countsWindows }: Scenario, course: Course, traffic: Traffic): Baseline {
  if (!hasPast) return unknownBaseline
  let now = 0
  const history = new TrafficHistory({ now: () => now, at: () => () => {} })
  const counter = new Counter(countsWindows)
  const badShare = course.stable(0, sampleSeconds)
  let totals = Array.from({ length: instances.stable }, (_, i) => ({ id: `i${i}`, requests: 0, bad: 0 }))
  for (let second = -pastSeconds; second <= 0; second += sampleSeconds) {
    const arms = totals.map(() => traffic.stable(1 / instances.stable, badShare, sampleSeconds))
    totals = totals.map(({ id, requests, bad }, i) => ({
      id,
      requests: requests + arms[i]!.requests,
      bad: bad + (countsWindows ? arms[i]!.badWindows : arms[i]!.bad),
    }))
    const odd = arms.filter((_, i) => i % 2 === 1)
    counter.count('r1', arms.reduce(together, nobody), odd.reduce(together, nobody))
    now = second * 1_000
    history.note('bench', 'r1', {
      boots: counter.counts(),
      instances: totals.map((one) => ({ ...one, release: 'r1' })),
      totals: { requests: 0, failed: 0, retried: 0, aborted: 0 },
    })
  }
  return history.baseline('bench')
}
