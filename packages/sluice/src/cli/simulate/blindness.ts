import { type Foresight, foresee, type Proposal, propose, type Ways } from '../../server/foresight.ts'
import type { Intent } from '../../server/intent.ts'
import { unchanged } from '../../sim/service-model.ts'
import type { Assumptions } from './assumptions.ts'
import type { Regression } from './regression.ts'
import { type Fate, type RehearsalOptions, rehearseOften } from './rehearsals.ts'
import { rehearsedPlan } from './staging.ts'

/** What the strategy is likely to miss, and what would be likely to see it. */
export interface Blindness {
  /** The regression that should be seen. */
  change: string
  fate: Fate
  /** Null where the strategy compares nothing, or the regression is none of errors. */
  foresight: Foresight | null
  /** Each rehearsed in its turn, with the regression and without. */
  proposals: { proposal: Proposal; worse: Fate; good: Fate }[]
}

/** Caught less often than this, a regression counts as one that the strategy cannot see. */
export const enoughCaught = 0.8
/** A proposal is only to be confirmed: by so many rehearsals, and by fewer where one takes long. */
const mostProofs = 20
const fewestProofs = 5
const provenMs = 60 * 3_600_000

/** Null where enough of these candidates were caught. */
export async function blindnessOf(
  { change, text }: Regression,
  fate: Fate,
  given: { intent: Intent; ways: Ways; assumptions: Assumptions; options: RehearsalOptions },
): Promise<Blindness | null> {
  const { intent, ways, assumptions, options } = given
  if (fate.runs === 0 || fate.rolledBack / fate.runs >= enoughCaught) return null
  const foresight = foreseen(intent, ways, assumptions, change.failures)
  const proposals: Blindness['proposals'] = []
  for (const proposal of foresight?.proposals ?? []) {
    const proposed = propose(ways, foresight!, proposal)
    if (proposed === null) continue
    const plan = rehearsedPlan(intent, proposed, assumptions)
    const proofs = Math.max(fewestProofs, Math.min(mostProofs, Math.floor(provenMs / proposal.watchedMs)))
    const fewer = { ...options, runs: Math.min(options.runs, proofs) }
    const worse = await rehearseOften(plan, change, fewer)
    proposals.push({ proposal, worse, good: await rehearseOften(plan, unchanged, fewer) })
  }
  return { change: text, fate, foresight, proposals }
}

function foreseen(intent: Intent, ways: Ways, assumptions: Assumptions, times: number): Foresight | null {
  const { steps, stable, candidate, analysis, allowance } = rehearsedPlan(intent, ways, assumptions)
  if (analysis === null || times === 1) return null
  const { requestsPerSecond, failedShare } = assumptions.service
  return foresee({ steps, stable, candidate, analysis, allowance, requestsPerSecond, failedShare }, times)
}
