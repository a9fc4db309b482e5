import { previewNameIn } from '../../config/preview-name.ts'
import type { Ms } from '../../core/release.ts'
import { shareOf } from '../../core/weights.ts'
import type { EnvironmentStatus } from '../../server/contract.ts'
import { mark } from './mark.ts'
import type { Paint } from './paint.ts'
import { table } from './text.ts'
import { shortTime } from './time.ts'

const heads = ['', 'preview', 'release', 'since', 'removed', 'address']

/** One row for each preview. */
export function previewsLines(previews: EnvironmentStatus[], now: Ms, paint: Paint): string[] {
  if (previews.length === 0) return ['No preview: sluice preview deploy']
  const [head = '', ...rows] = table([heads, ...previews.map((one) => rowOf(one, now, paint))])
  return [paint.dim(head), ...rows]
}

function rowOf(preview: EnvironmentStatus, now: Ms, paint: Paint): string[] {
  const { stable, stableSince, rollout, removedAt, url, weights } = preview
  const serves = stable !== null && shareOf(weights, stable.release) > 0
  return [
    mark(rollout !== null ? 'going' : serves ? 'done' : 'attention', paint),
    previewNameIn(preview.name),
    rollout?.to ?? stable?.release ?? '·',
    stableSince === null ? '·' : shortTime(stableSince, now),
    removedAt === null ? '·' : shortTime(removedAt, now),
    url,
  ]
}
