import { type Baseline, unknownBaseline } from '../core/analysis/baseline.ts'
import { addHalves, halvesOf, newBursts, phiOf } from '../core/analysis/burst.ts'
import { type InstanceTotals, instanceSd } from '../core/analysis/instance-noise.ts'
import { historyAfter } from '../core/analysis/latency.ts'
import type { LatencyHistogram } from '../core/analysis/latency-histogram.ts'
import { type ArmGrowth, emptyTally, stableGrowth, type Tally, takeTick } from '../core/analysis/tick.ts'
import type { Ms, ReleaseId } from '../core/release.ts'
import type { Router, RouterCounts } from '../routers/router.ts'
import { type Clock, repeat } from '../runtime/clock.ts'

const sampleMs = 10_000
/** One that had no request is looked at only every so many times. */
const quietLooks = 6
const longestMs = 30 * 60_000
/** The rate is that of so long. */
const rateMs = 10 * 60_000
/** With a shorter past than this, nobody knows how failures come. */
const enoughMs = 25 * 60_000

/** What one sample found beyond the one before it. */
interface Sample {
  at: Ms
  /** How long since the one before. */
  ms: Ms
  /** Of all releases. */
  requests: number
  stable: Omit<ArmGrowth, 'latency'>
}

interface Past {
  stable: ReleaseId | null
  /** Cumulative. */
  requests: number
  tally: Tally
  samples: Sample[]
  latency: LatencyHistogram
  /** Cumulative counts of stable's instances, when they were first seen and now. */
  instances: Record<string, { first: InstanceTotals; last: InstanceTotals }>
}

/** What is known of an environment's traffic without any rollout. */
export interface Traffic {
  /** Over the last ten minutes; 0 while there are no two samples. */
  requestsPerSecond: number
  /** Of stable, over the last half hour; null without requests. */
  failedShare: number | null
  /** The same for 4xx answers. */
  clientErrorShare: number | null
}

/**
 * Half an hour of every environment's traffic, from samples ten seconds apart: what a rollout that begins is compared
 * with, and what `plan` and `simulate` reckon with. In memory only: after a restart of the agent it begins anew.
 */
export class TrafficHistory {
  readonly #pasts = new Map<string, Past>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes samples of each environment until the returned function is called. */
  watch(
    router: Pick<Router, 'counts'>,
    environments: () => { id: string; stable: ReleaseId | null }[],
  ): () => void {
    let looks = 0
    return repeat(this.#clock, { everyMs: sampleMs }, async () => {
      looks += 1
      for (const { id, stable } of environments()) {
        if (this.#isQuiet(id) && looks % quietLooks !== 0) continue
        const counts = await router.counts(id).catch(() => null)
        if (counts !== null) this.note(id, stable, counts)
      }
    })
  }

  /** Takes one sample. With another stable release the past of the one before it is of no use. */
  note(environment: string, stable: ReleaseId | null, counts: RouterCounts): void {
    const at = this.#clock.now()
    const known = this.#pasts.get(environment)
    const before = known === undefined || known.stable !== stable ? pastOf(stable) : known
    const measurement = { at, boots: counts.boots, ratios: [], candidate: '', stable: stable ?? '' }
    const { tally, tick } = takeTick(before.tally, measurement)
    const instances = withInstances(before.instances, stable, counts)
    const { requests } = counts.totals
    const past = { ...before, tally, instances, requests }
    if (tick === null || stable === null) {
      this.#pasts.set(environment, past)
      return
    }
    const { latency: answers, ...grown } = stableGrowth(tick)
    const sample: Sample = {
      at,
      ms: tick.ms,
      requests: Math.max(0, requests - before.requests),
      stable: grown,
    }
    this.#pasts.set(environment, {
      ...past,
      samples: [...past.samples.filter((one) => one.at > at - longestMs), sample],
      latency: historyAfter(past.latency, { stable: answers }, tick.ms / 1_000),
    })
  }

  /** What a rollout that begins now may rely on. */
  baseline(environment: string): Baseline {
    const past = this.#pasts.get(environment)
    const [first] = past?.samples ?? []
    if (past === undefined || first === undefined) return unknownBaseline
    const spanMs = this.#clock.now() - first.at
    const hasHalves = past.samples.some(
      ({ stable: { odd, requests } }) => odd.requests > 0 && odd.requests < requests,
    )
    const phi = {
      errors: phiFor(past.samples, 'bad'),
      clientErrors: phiFor(past.samples, 'clientErrors'),
    }
    const totals = Object.values(past.instances).map(({ first: then, last }) => ({
      n: Math.max(0, last.n - then.n),
      x: Math.max(0, last.x - then.x),
    }))
    return {
      phi,
      isKnown: hasHalves && spanMs >= enoughMs,
      instanceSd: spanMs >= enoughMs ? instanceSd(totals, phi.errors) : 0,
      latency: past.latency,
      recent: past.samples.map(({ at, stable }) => ({ at, n: stable.requests, x: stable.bad })),
    }
  }

  #isQuiet(environment: string): boolean {
    return this.#pasts.get(environment)?.samples.at(-1)?.requests === 0
  }

  /** How much there is, and what becomes of it. */
  traffic(environment: string): Traffic {
    const samples = this.#pasts.get(environment)?.samples ?? []
    const recent = samples.filter(({ at }) => at > this.#clock.now() - rateMs)
    const seconds = recent.reduce((sum, { ms }) => sum + ms, 0) / 1_000
    const n = samples.reduce((sum, { stable }) => sum + stable.requests, 0)
    const shareOf = (failures: 'bad' | 'clientErrors') =>
      n === 0 ? null : samples.reduce((sum, { stable }) => sum + stable[failures], 0) / n
    const requests = recent.reduce((sum, sample) => sum + sample.requests, 0)
    return {
      requestsPerSecond: seconds === 0 ? 0 : requests / seconds,
      failedShare: shareOf('bad'),
      clientErrorShare: shareOf('clientErrors'),
    }
  }
}

function pastOf(stable: ReleaseId | null): Past {
  return { stable, requests: 0, tally: emptyTally, samples: [], latency: [], instances: {} }
}

function withInstances(
  known: Past['instances'],
  stable: ReleaseId | null,
  { instances }: RouterCounts,
): Past['instances'] {
  const now: Past['instances'] = {}
  for (const { id, release, requests: n, bad: x } of instances) {
    if (release !== stable) continue
    now[id] = { first: known[id]?.first ?? { n, x }, last: { n, x } }
  }
  return now
}

function phiFor(samples: Sample[], failures: 'bad' | 'clientErrors'): number {
  return phiOf(samples.reduce((sum, { stable }) => addHalves(sum, halvesOf(stable, failures)), newBursts()))
}
