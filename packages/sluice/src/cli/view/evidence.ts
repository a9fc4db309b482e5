import { describeRatio, short } from '../../core/analysis/describe-evidence.ts'
import type { Evidence, MetricEvidence } from '../../core/analysis/evidence.ts'
import { WHOLE } from '../../core/weights.ts'
import { bar } from './bar.ts'
import type { Paint } from './paint.ts'
import { pad } from './text.ts'

const barCells = 10

/**
 * How the candidate fares beside stable, one line for each metric that has seen anything bad, and one for all:
 *
 *     errors        r8 3.8 %    r7 0.18 %   ratio 21 × (6.4 to 68)     evidence ██████████ 5,100
 *     against it    5,100 of 133, 2 of 3 ticks · for it 0.1 of 20
 */
export function evidenceTable(
  evidence: Evidence,
  arms: { from: string; to: string },
  paint: Paint,
): string[] {
  const shown = evidence.metrics.filter(({ xC, xS }) => xC + xS > 0)
  return [
    ...shown.map((metric) => metricLine(metric, evidence, arms, paint)),
    `    ${paint.dim(sumLine(evidence))}`,
  ]
}

/** `e-value 14 of 133 against it, 0.2 of 20 for it`. */
export function sumLine({
  eValue,
  threshold,
  confirmed,
  confirmTicks,
  ePromote,
  promoteThreshold,
  lowTrust,
}: Evidence): string {
  const ticks = confirmed > 0 ? ` at ${confirmed} of ${confirmTicks} ticks` : ''
  const against =
    eValue === 0
      ? 'too few failures to speak against it'
      : `e-value ${short(eValue)} of ${short(threshold)} against it${ticks}`
  const inFavour = `${short(ePromote)} of ${short(promoteThreshold)} for it`
  return `${against}, ${inFavour}${lowTrust ? ' (low trust: too little history of this app)' : ''}`
}

function metricLine(
  { id, nC, xC, nS, xS, ratio, eValue }: MetricEvidence,
  { threshold }: Evidence,
  { from, to }: { from: string; to: string },
  paint: Paint,
): string {
  const share = Math.max(0, Math.min(1, Math.log(eValue) / Math.log(threshold)))
  const colour = share >= 1 ? paint.red : share >= 0.5 ? paint.yellow : paint.green
  const strength = colour(bar(Math.round(share * WHOLE), barCells))
  const arms = `${pad(`${to} ${percentOf(xC, nC)}`, 13)} ${pad(`${from} ${percentOf(xS, nS)}`, 13)}`
  return `    ${pad(id, 13)} ${arms} ratio ${pad(describeRatio(ratio), 24)} evidence ${pad(strength, barCells)} ${short(eValue)}`
}

function percentOf(x: number, n: number): string {
  return n === 0 ? '-' : `${Number(((100 * x) / n).toPrecision(2))} %`
}
