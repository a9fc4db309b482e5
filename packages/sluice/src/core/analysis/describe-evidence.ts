import type { Evidence, MetricEvidence } from './evidence.ts'
import type { Freeze } from './verdict.ts'

/** Names of the two releases that are compared. */
export interface ArmNames {
  candidate: string
  stable: string
}

/** Why it is rolled back: `r8 fails 3.2 × as often as r7 (1.8 to 6.0): 41 of 1,204 beside 120 of 11,020; e-value 240, needed 133`. */
export function describeRegression(evidence: Evidence, arms: ArmNames): string {
  const leading = evidence.metrics.find(({ id }) => id === evidence.leading)
  const value = `e-value ${short(evidence.eValue)}, needed ${short(evidence.threshold)}`
  if (leading === undefined) return value
  return `${describeMetric(leading, arms)}; ${value}`
}

/** One metric in a sentence: how much worse, how sure, and the counts. */
export function describeMetric(metric: MetricEvidence, { candidate, stable }: ArmNames): string {
  const { nC, xC, nS, xS, ratio } = metric
  const counts = `${whole(xC)} of ${whole(nC)} beside ${whole(xS)} of ${whole(nS)}`
  return `${candidate} ${verbs(metric.id)} ${describeRatio(ratio)} as often as ${stable}: ${counts}`
}

/** `3.2 × (1.8 to 6.0)`, or `at least 6.1 ×` where stable has nothing bad to be compared with. */
export function describeRatio(ratio: MetricEvidence['ratio']): string {
  if (ratio === null) return '? ×'
  const { low, estimate, high } = ratio
  if (estimate === null) return `at least ${twoDigits(low)} ×`
  return `${twoDigits(estimate)} × (${twoDigits(low)} to ${high === null ? 'no bound' : twoDigits(high)})`
}

function twoDigits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)))
}

/** Why the candidate gets no more traffic for now. */
export function describeFreeze(freeze: Freeze, evidence: Evidence, arms: ArmNames): string {
  switch (freeze) {
    case 'suspicious':
      return `suspicious, so its share does not grow: ${describeRegression(evidence, arms)}`
    case 'incident':
      return `${arms.stable} itself fails much more than before, so nothing is decided until that is over`
    case 'noData':
      return `no request of ${arms.candidate} was counted for two minutes, so its share does not grow`
  }
}

/** Shown to be good: `as good as r7: e-value 34 for that, needed 20`. */
export function describeGood({ ePromote, promoteThreshold }: Evidence, { stable }: ArmNames): string {
  return `as good as ${stable}: e-value ${short(ePromote)} for that, needed ${short(promoteThreshold)}`
}

function verbs(id: string): string {
  if (id === 'errors') return 'fails'
  if (id === 'clientErrors') return 'answers 4xx'
  return /^p\d+$/.test(id) ? `is slower than ${id} allows` : `is bad by ${id}`
}

/** An e-value to two digits; beyond a million nobody reads the digits. */
export function short(value: number): string {
  if (value >= 1e6) return 'over a million'
  return value >= 10 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)))
}

function whole(count: number): string {
  return Math.round(count).toLocaleString('en')
}
