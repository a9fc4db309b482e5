import { isOver, type Rollout } from '../core/rollout.ts'
import type { RolloutNews } from '../runtime/keeper.ts'
import type { RolloutNewsLine } from './contract.ts'
import type { Control } from './control.ts'
import { summaryOf } from './summaries.ts'

const pageSize = 1_000

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
  const { rollouts } = control.records
  const record = await rollouts.find(id)
  if (record === null) return
  const line = (seq: number, at: number, facts: RolloutNewsLine['facts'], rollout: Rollout) => ({
    ...{ seq, at, facts, rollout: summaryOf(rollout, record.startedBy) },
  })
  // Listened to before the past is read, so that nothing falls between the two; what is in both is told once.
  const queue: RolloutNews[] = []
  let wake = () => {}
  const stop = control.keepers.get(record.rollout.environment)?.onNews((news) => {
    if (news.rollout.id === id) queue.push(news)
    wake()
  })
  ended.addEventListener('abort', () => wake())
  try {
    let seen = after
    let newest = record.rollout
    for (let isPast = true; isPast && !ended.aborted; ) {
      // Read before the page, so that it is never ahead of the entries that have been told.
      newest = (await rollouts.find(id))?.rollout ?? newest
      const page = await rollouts.entries(id, seen, pageSize)
      isPast = page.length > 0
      for (const entry of page) {
        seen = entry.seq
        if (entry.facts.length > 0) yield line(entry.seq, entry.at, entry.facts, newest)
      }
    }
    yield line(seen, newest.now, [], newest)
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
      yield line(news.seq, news.rollout.now, news.facts, news.rollout)
    }
  } finally {
    stop?.()
  }
}
