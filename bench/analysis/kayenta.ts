import { shiftOf } from './mann-whitney.ts'
import type { Minute, Rule } from './minute.ts'

/** The interval must clear this part of the estimated shift; fixed in Kayenta's code. */
const tolerance = 0.25
const judgedEvery = 10

/**
 * Kayenta's judge beside a baseline of equal size: every ten minutes the Mann-Whitney test on all values per minute so
 * far, of the error rate and of the p99. One metric that is High fails the judgement, as with two groups of equal weight,
 * pass 95 and marginal 75.
 *
 * As in the analysis reference, section 14: differences are ordered instead of roots sought, a minute without traffic has
 * the rate 0 and the usual p99, and outliers stay in.
 */
export function kayenta(): Rule {
  const minutes: Minute[] = []
  return (minute) => {
    minutes.push(minute)
    return minutes.length % judgedEvery === 0 && (isHigh(minutes, ratesOf) || isHigh(minutes, p99sOf))
  }
}

type Arm = 'candidate' | 'fork'

function isHigh(
  minutes: readonly Minute[],
  values: (minutes: readonly Minute[], arm: Arm) => number[],
): boolean {
  const shift = shiftOf(values(minutes, 'candidate'), values(minutes, 'fork'))
  return shift !== null && shift.lower > tolerance * Math.abs(shift.estimate)
}

function ratesOf(minutes: readonly Minute[], arm: Arm): number[] {
  return minutes.map(({ [arm]: { requests, bad } }) => (requests === 0 ? 0 : bad / requests))
}

function p99sOf(minutes: readonly Minute[], arm: Arm): number[] {
  const known = minutes.flatMap(({ [arm]: { p99Ms } }) => p99Ms ?? [])
  const usual = known.toSorted((a, b) => a - b)[Math.floor(known.length / 2)] ?? 0
  return minutes.map(({ [arm]: { p99Ms } }) => p99Ms ?? usual)
}
