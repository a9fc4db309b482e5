import type { Fact } from '../../core/narrate.ts'
import type { Ms } from '../../core/release.ts'
import type { Reason } from '../../core/rollout.ts'
import type { RolloutSummary } from '../../server/contract.ts'
import { mark } from './mark.ts'
import type { Paint } from './paint.ts'
import { table } from './text.ts'
import { elapsed, shortTime } from './time.ts'

const heads = ['', 'rollout', 'started', 'environment', 'releases', 'strategy', 'ended', 'took', 'by']

/** One row for each rollout, newest first. */
export function historyLines(rollouts: RolloutSummary[], now: Ms, paint: Paint): string[] {
  if (rollouts.length === 0) return ['No rollout yet: sluice deploy']
  const [head = '', ...rows] = table([heads, ...rollouts.map((rollout) => rowOf(rollout, now, paint))])
  return [paint.dim(head), ...rows]
}

/** `rolled back on evidence`. */
export function endOf({ kind, status, reason }: Pick<RolloutSummary, 'kind' | 'status' | 'reason'>): string {
  if (kind === 'drill' && status === 'succeeded') return 'not caught'
  return status === 'rolled-back' && reason !== null ? `rolled back ${why[reason.kind]}` : words[status].text
}

function rowOf(rollout: RolloutSummary, now: Ms, paint: Paint): string[] {
  const { id, startedAt, endedAt, environment, from, to, strategy, startedBy } = rollout
  return [
    mark(markOf(rollout), paint),
    id,
    shortTime(startedAt, now),
    environment,
    `${from ?? '·'} → ${to}`,
    strategy,
    endOf(rollout),
    elapsed((endedAt ?? now) - startedAt),
    startedBy,
  ]
}

// What a drill breaks is meant to be turned back from.
function markOf({ kind, status, reason }: RolloutSummary): Fact['mark'] {
  if (kind !== 'drill' || reason?.kind === 'person') return words[status].mark
  return status === 'rolled-back' ? 'done' : status === 'succeeded' ? 'failed' : words[status].mark
}

const words: {
  [K in RolloutSummary['status']]: { mark: 'done' | 'going' | 'attention' | 'failed'; text: string }
} = {
  running: { mark: 'going', text: 'under way' },
  watching: { mark: 'going', text: 'promoted, and still watched' },
  undoing: { mark: 'attention', text: 'going back' },
  succeeded: { mark: 'done', text: 'succeeded' },
  'rolled-back': { mark: 'failed', text: 'rolled back' },
}

const why: { [K in Reason['kind']]: string } = {
  evidence: 'on evidence',
  health: 'on health',
  hook: 'by a hook',
  outside: 'because the outside refused',
  person: 'by a person',
  superseded: 'for a newer deploy',
}
