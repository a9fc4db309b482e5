import { engineVersion, type Rollout } from '../core/rollout.ts'
import { step } from '../core/step.ts'
import { SluiceError } from '../errors.ts'
import { keptJournals } from '../runtime/rollout-records.ts'
import type { ExplainAnswer } from './contract.ts'
import type { Control } from './control.ts'
import { ExplainedTicks } from './explained-analysis.ts'
import { summaryOfRecord } from './summaries.ts'

const pageSize = 10_000

/**
 * The whole journal of a rollout with its reasons and the evidence, recomputed by folding it again, and whether that leads
 * to the same state and the same verdicts.
 * Throws UNKNOWN_ROLLOUT or JOURNAL_PRUNED.
 */
export async function explain(control: Control, id: string): Promise<ExplainAnswer> {
  const record = await findRollout(control, id)
  if (record.seq === 0) throw pruned(record.rollout)
  const entries: ExplainAnswer['entries'] = []
  const isSameEngine = record.engine === engineVersion
  const ticks = new ExplainedTicks()
  let state = record.beginning
  for (let folded = -1; folded < record.seq; ) {
    const page = await control.records.rollouts.entries(record.rollout.id, folded, pageSize)
    // What was written since the state was read is not part of it.
    for (const { seq, at, event, facts } of page.filter((entry) => entry.seq <= record.seq)) {
      if (isSameEngine) {
        const [after] = step(state, event)
        ticks.follow({ seq, event, facts }, state, after)
        state = after
      }
      if (facts.length > 0) entries.push({ seq, at, event, facts })
    }
    folded = page.at(-1)?.seq ?? record.seq
  }
  const replays = isSameEngine ? JSON.stringify(state) === JSON.stringify(record.rollout) : null
  const analysis = ticks.answer({ beginning: record.beginning, isSameEngine })
  return { rollout: summaryOfRecord(record), entries, replays, analysis }
}

function pruned({ id, environment }: Rollout): SluiceError {
  const kept = `those of the newest ${keptJournals} of ${environment} are kept`
  return new SluiceError('JOURNAL_PRUNED', `the events of rollout ${id} were pruned; ${kept}`, {
    todo: 'sluice history tells how it ended',
  })
}

/** By its whole id, or by a beginning of it that is unique. */
export async function findRollout(control: Control, id: string) {
  const found = await control.records.rollouts.find(id)
  if (found !== null) return found
  const near = await control.records.rollouts.beginningWith(id)
  if (near.length === 1) return near[0]!
  const message = near.length === 0 ? `there is no rollout ${id}` : `${near.length} rollouts begin with ${id}`
  throw new SluiceError('UNKNOWN_ROLLOUT', message, { todo: 'sluice history lists them' })
}
