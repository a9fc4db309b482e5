import { isOver } from '../core/rollout.ts'
import type { RolloutNews } from '../runtime/keeper.ts'
import type { RolloutNewsLine } from './contract.ts'
import type { Control } from './control.ts'
import { summaryOf } from './summaries.ts'

/**
 * What has happened in a rollout after `seq`, and then what happens, until it is over. Events without facts are left
 * out of the past; of the present they are shown, so that counts and weights move.
 */
export async function* rolloutNews(
  control: Control,
  id: string,
  after: number,
  isFollowing: boolean,
  ended: AbortSignal,
): AsyncGenerator<RolloutNewsLine> {
  const record = await control.records.rollouts.find(id)
  if (record === null) return
  const keeper = control.keepers.get(record.rollout.environment)
  const queue: RolloutNews[] = []
  let wake = () => {}
  const stop = keeper?.onNews((news) => {
    if (news.rollout.id === id) queue.push(news)
    wake()
  })
  ended.addEventListener('abort', () => wake())
  try {
    let seen = after
    for (const entry of await control.records.rollouts.entries(id, after)) {
      seen = entry.seq
      if (entry.facts.length === 0) continue
      const current = (await control.records.rollouts.find(id))?.rollout ?? record.rollout
      yield {
        seq: entry.seq,
        at: entry.at,
        facts: entry.facts,
        rollout: summaryOf(current, record.startedBy),
      }
    }
    const newest = (await control.records.rollouts.find(id))?.rollout ?? record.rollout
    yield { seq: seen, at: newest.now, facts: [], rollout: summaryOf(newest, record.startedBy) }
    let isDone = !isFollowing || isOver(newest)
    while (!isDone && !ended.aborted) {
      const news = queue.shift()
      if (news === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      if (news.seq <= seen) continue
      seen = news.seq
      isDone = isOver(news.rollout)
      yield {
        seq: news.seq,
        at: news.rollout.now,
        facts: news.facts,
        rollout: summaryOf(news.rollout, record.startedBy),
      }
    }
  } finally {
    stop?.()
  }
}
