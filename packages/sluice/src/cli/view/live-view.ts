import type { Ms } from '../../core/release.ts'
import { percent, shareOf } from '../../core/weights.ts'
import type { RolloutSummary } from '../../server/contract.ts'
import type { Call } from '../call.ts'
import { bar } from './bar.ts'
import { closingLines } from './closing.ts'
import { evidenceTable } from './evidence.ts'
import { factHead } from './fact-lines.ts'
import { mark } from './mark.ts'
import type { Paint } from './paint.ts'
import { regionOn } from './region.ts'
import type { RolloutView } from './rollout-view.ts'
import { storyOf, waysOn } from './story.ts'
import { counted, pad } from './text.ts'
import { elapsed } from './time.ts'

/** Often enough for a clock in tenths to look alive, seldom enough to cost nothing. */
const redrawMs = 200
const barCells = 30

/** The step that goes on is redrawn in place, and leaves a compact record behind. */
export function liveView(call: Call): RolloutView {
  const { io, paint } = call
  const story = storyOf(call, { leaveOut: 'going' })
  const region = regionOn(io.out)
  let now: { rollout: RolloutSummary; stepSince: Ms } | null = null
  const timer = setInterval(() => region.draw([], moving()), redrawMs)
  timer.unref()

  function moving(): string[] {
    return now === null ? [] : movingLines(now.rollout, now.stepSince, io.now(), paint)
  }

  return {
    show(news) {
      if (news.kind === 'news') {
        const isSameStep = now !== null && now.rollout.step?.index === news.rollout.step?.index
        now = { rollout: news.rollout, stepSince: isSameStep ? now!.stepSince : news.at }
      }
      region.draw(story.tell(news), moving())
    },
    notice: (text) => region.draw([`${mark('attention', paint)} ${text}`], moving()),
    close(rollout) {
      clearInterval(timer)
      region.draw(closingLines(story.facts(), rollout, paint), [])
    },
  }
}

/** The step that goes on, who has which traffic, and how it fares. */
export function movingLines(rollout: RolloutSummary, stepSince: Ms, now: Ms, paint: Paint): string[] {
  if (rollout.step === null || rollout.endedAt !== null) return []
  const { step, from, to, counts, weights, waitsFor } = rollout
  const place = paint.dim(`step ${step.index + 1} of ${step.count}, for ${elapsed(now - stepSince)}`)
  const head = factHead(
    { mark: waitsFor === null ? 'going' : 'attention', title: step.kind },
    now - rollout.startedAt,
    paint,
  )
  return [
    `${head} ${waitsFor ?? step.text}   ${place}`,
    ...(from === null ? [] : [armLine(from, shareOf(weights, from), counts.stable, paint.cyan, paint)]),
    armLine(to, shareOf(weights, to), counts.candidate, paint.green, paint),
    ...evidenceOf(rollout, paint),
    ...(waitsFor === null ? [] : [`    ${paint.bold(waysOn(rollout))}`]),
  ]
}

// Only while it is judged; afterwards the facts tell what came of it.
function evidenceOf({ evidence, step, from, to }: RolloutSummary, paint: Paint): string[] {
  if (evidence === null || from === null || step?.kind !== 'analyze') return []
  return evidenceTable(evidence, { from, to }, paint)
}

function armLine(
  release: string,
  share: number,
  { requests, bad }: { requests: number; bad: number },
  colour: (text: string) => string,
  paint: Paint,
): string {
  const failed = bad === 0 ? 'none failed' : paint.red(`${bad.toLocaleString('en')} failed`)
  const counts =
    requests === 0 ? paint.dim('no requests counted yet') : `${counted(requests, 'request')}, ${failed}`
  return `    ${pad(release, 5)} ${pad(colour(bar(share, barCells)), barCells)} ${pad(percent(share), 8)} ${counts}`
}
