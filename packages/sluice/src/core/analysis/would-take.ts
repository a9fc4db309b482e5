import { logThreshold, weightedLogE } from './average.ts'
import { betOn, logE } from './e-process.ts'
import { partOf, type Trial } from './trial.ts'

/** Beyond so many nobody wants to know the number. */
const most = 1_000_000

/**
 * What it would have taken: how many failures of the candidate, one after another and beside a stable that fails none,
 * would have brought the average to the threshold of a rollback; 0 where it is there. Null where errors are not judged,
 * or where either arm has had no request to tell its share from.
 */
export function failuresToRollback({ spec, metrics }: Trial): number | null {
  const at = spec.metrics.findIndex(({ kind }) => kind.is === 'errors')
  const errors = metrics[at]
  if (errors === undefined || errors.total.nC === 0 || errors.total.nS === 0) return null
  const stablePer = errors.total.nS / errors.total.nC
  const isEnough = (failures: number) => {
    const more = { nC: failures, xC: failures, nS: Math.round(failures * stablePer), xS: 0 }
    const bets = metrics.flatMap(({ regress, total }, index) => {
      const isErrors = index === at
      if (total.xC + (isErrors ? failures : 0) < spec.minBadEvents) return []
      return [{ weight: partOf(spec, index), logE: logE(isErrors ? betOn(regress, more) : regress) }]
    })
    return weightedLogE(bets) >= logThreshold(spec.alpha)
  }
  if (!isEnough(most)) return null
  let [few, many] = [-1, most]
  while (many - few > 1) {
    const middle = Math.floor((few + many) / 2)
    if (isEnough(middle)) many = middle
    else few = middle
  }
  return many
}
