import type { ArmCounts, BootCounts, RatioCounts } from '../counts.ts'
import type { Ms, ReleaseId } from '../release.ts'
import { forgottenEpoch, partsOf } from './arm-key.ts'
import { noTickCounts, type TickCounts } from './e-process.ts'
import { addTo, growthOf, highestOf, type LatencyHistogram } from './latency-histogram.ts'

/** What was counted between two full measurements. */
export interface Tick {
  at: Ms
  /** How long it was. */
  ms: Ms
  /** One entry per weight epoch in which requests began, so that requests and failures are of the same cohort. */
  epochs: { epoch: number; candidate: ArmGrowth; stable: ArmGrowth }[]
  /** Of the user's own metrics, by id. They know no epochs. */
  ratios: Record<string, TickCounts>
}

export interface ArmGrowth {
  requests: number
  bad: number
  clientErrors: number
  odd: ArmCounts['odd']
  latency: LatencyHistogram
}

/** The newest cumulative counts, so that what comes again, or late, adds nothing. */
export interface Tally {
  /** Null before the first measurement, which is where counting begins. */
  at: Ms | null
  arms: Record<string, ArmCounts>
  ratios: Record<string, { bad: number; total: number }>
}

/** One full measurement. What has not changed since the last one may be left out. */
export interface Measurement {
  at: Ms
  boots: BootCounts[]
  ratios: RatioCounts[]
  candidate: ReleaseId
  stable: ReleaseId
}

export const emptyTally: Tally = { at: null, arms: {}, ratios: {} }

const nothing: ArmGrowth = {
  requests: 0,
  bad: 0,
  clientErrors: 0,
  odd: { requests: 0, bad: 0, clientErrors: 0 },
  latency: [],
}

/** Takes a measurement and answers with what has grown since the last one; null for the first. */
export function takeTick(tally: Tally, measurement: Measurement): { tally: Tally; tick: Tick | null } {
  const arms = { ...tally.arms }
  const ratios = { ...tally.ratios }
  const epochs = growEpochs(arms, measurement, tally.at === null)
  const grown = growRatios(ratios, measurement)
  const { at } = measurement
  const tick = tally.at === null ? null : { at, ms: at - tally.at, epochs, ratios: grown }
  return { tally: { at, arms, ratios }, tick }
}

/** What stable grew by in a tick, over all of its epochs. */
export function stableGrowth({ epochs }: Tick): ArmGrowth {
  return epochs.reduce((grown, { stable }) => sum(grown, stable), nothing)
}

function growEpochs(arms: Tally['arms'], measurement: Measurement, isFirst: boolean): Tick['epochs'] {
  const epochs = new Map<number, Tick['epochs'][number]>()
  for (const { boot, arms: counted } of measurement.boots) {
    for (const [arm, counts] of Object.entries(counted)) {
      const { release, epoch } = partsOf(arm)
      const isCandidate = release === measurement.candidate
      if (epoch === forgottenEpoch || (!isCandidate && release !== measurement.stable)) continue
      const key = `${boot}/${arm}`
      const before = arms[key]
      arms[key] = before === undefined ? counts : highest(before, counts)
      if (isFirst) continue
      const growth = growthSince(before, counts)
      const entry = epochs.get(epoch) ?? { epoch, candidate: nothing, stable: nothing }
      const side = isCandidate ? 'candidate' : 'stable'
      epochs.set(epoch, { ...entry, [side]: sum(entry[side], growth) })
    }
  }
  return [...epochs.values()].sort((a, b) => a.epoch - b.epoch)
}

// A counter that is seen for the first time may be old: it counts from then on.
function growRatios(known: Tally['ratios'], measurement: Measurement): Record<string, TickCounts> {
  const grown: Record<string, TickCounts> = {}
  for (const { metric, counter, release, bad, total } of measurement.ratios) {
    const isCandidate = release === measurement.candidate
    if (!isCandidate && release !== measurement.stable) continue
    const key = `${metric}/${release}/${counter}`
    const before = known[key]
    known[key] = { bad, total }
    if (before === undefined) continue
    const n = Math.max(0, total - before.total)
    const x = Math.min(n, Math.max(0, bad - before.bad))
    // A failure that is seen before its request is counted with it, one reading later.
    known[key] = { bad: before.bad + x, total: before.total + n }
    const counts = grown[metric] ?? noTickCounts
    grown[metric] = isCandidate
      ? { ...counts, nC: counts.nC + n, xC: counts.xC + x }
      : { ...counts, nS: counts.nS + n, xS: counts.xS + x }
  }
  return grown
}

function growthSince(before: ArmCounts | undefined, now: ArmCounts): ArmGrowth {
  if (before === undefined) return now
  const more = (a: number, b: number) => Math.max(0, a - b)
  const requests = more(now.requests, before.requests)
  return {
    requests,
    bad: Math.min(requests, more(now.bad, before.bad)),
    clientErrors: Math.min(requests, more(now.clientErrors, before.clientErrors)),
    odd: mapOdd(before.odd, now.odd, (then, since) => more(since, then)),
    latency: growthOf(before.latency, now.latency),
  }
}

function highest(a: ArmCounts, b: ArmCounts): ArmCounts {
  return {
    requests: Math.max(a.requests, b.requests),
    bad: Math.max(a.bad, b.bad),
    clientErrors: Math.max(a.clientErrors, b.clientErrors),
    aborted: Math.max(a.aborted, b.aborted),
    odd: mapOdd(a.odd, b.odd, Math.max),
    latency: highestOf(a.latency, b.latency),
  }
}

function mapOdd(a: ArmCounts['odd'], b: ArmCounts['odd'], of: (a: number, b: number) => number) {
  return {
    requests: of(a.requests, b.requests),
    bad: of(a.bad, b.bad),
    clientErrors: of(a.clientErrors, b.clientErrors),
  }
}

function sum(a: ArmGrowth, b: ArmGrowth): ArmGrowth {
  if (a === nothing) return b
  return {
    requests: a.requests + b.requests,
    bad: a.bad + b.bad,
    clientErrors: a.clientErrors + b.clientErrors,
    odd: mapOdd(a.odd, b.odd, (x, y) => x + y),
    latency: addTo(a.latency, b.latency),
  }
}
