import type { Ms } from '../core/release.ts'
import type { StrategyName } from '../core/strategies/index.ts'
import { formatShare } from '../std/share.ts'
import type { Foresight, Proposal } from './foresight.ts'

/** One line for a plan that is likely to miss what it should see: how much too short it is, and what could see it. */
export function describeForesight(
  foresight: Foresight,
  strategy: StrategyName,
  requestsPerSecond: number,
): string {
  const { watchedMs, neededMs, proposals } = foresight
  const rate = Number(requestsPerSecond.toPrecision(2))
  const needed = Number.isFinite(neededMs) ? `only after about ${describeTime(neededMs)}` : 'never'
  const ways = proposals
    .filter((proposal) => strategy === 'canary' || proposal.weightBasisPoints === null)
    .map(describeProposal)
  const enough =
    ways.length === 0
      ? 'Nothing within a day would be enough.'
      : `Enough would be ${ways.join(', or ')}: sluice simulate`
  return `At ${rate} requests/s this ${strategy} would be likely to see ${describeRise(foresight)} ${needed}, and it is watched for ${describeTime(watchedMs)}. ${enough}`
}

/** `a single step of 50% for 30 min`, `watched for 2 h in all`. */
export function describeProposal({ weightBasisPoints, watchedMs }: Proposal): string {
  return weightBasisPoints === null
    ? `${describeTime(watchedMs)} in all`
    : `a single step of ${formatShare(weightBasisPoints)} for ${describeTime(watchedMs)}`
}

function describeRise({ from, to }: Foresight): string {
  const isDoubling = Math.abs(to / from - 2) < 0.01
  return isDoubling
    ? `a doubling of ${describeShare(from)} errors`
    : `errors rise from ${describeShare(from)} to ${describeShare(to)}`
}

/** `1 %`, `0.38 %`. */
export function describeShare(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`
}

/** `45 s`, `8 min`, `1.5 h`, `3 days`. */
export function describeTime(ms: Ms): string {
  if (ms < 90_000) return `${Math.round(ms / 1_000)} s`
  const isWholeHours = ms % 3_600_000 === 0
  if (ms < 90 * 60_000 && !isWholeHours) return `${Math.round(ms / 60_000)} min`
  const hours = ms / 3_600_000
  return hours < 36 ? `${Number(hours.toPrecision(2))} h` : `${Math.round(hours / 24)} days`
}
