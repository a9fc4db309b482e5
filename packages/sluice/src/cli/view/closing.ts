import type { RolloutSummary } from '../../server/contract.ts'
import { mark } from './mark.ts'
import type { Paint } from './paint.ts'
import type { StoryFacts } from './story.ts'
import { counted } from './text.ts'

/** The last lines: how it ended and how that is known, or how it is left, and the next useful command. */
export function closingLines(
  { url, end }: StoryFacts,
  rollout: RolloutSummary | null,
  paint: Paint,
): string[] {
  if (rollout === null) return []
  switch (rollout.status) {
    case 'succeeded':
      return [
        ...(url === null ? [] : [`${mark('going', paint)} serving at ${paint.bold(url)}`]),
        `${sentence(end ?? `${rollout.to} is live`)} ${judged(rollout)}`,
      ]
    case 'rolled-back':
      return [
        `${paint.bold(sentence(end ?? 'rolled back'))} ${harm(rollout)}`,
        paint.dim(`→ sluice explain ${rollout.id}      → sluice logs ${rollout.to}`),
      ]
    case 'running':
    case 'watching':
    case 'undoing':
      return [
        `${mark('going', paint)} ${leftAlone(rollout)}`,
        paint.dim('→ sluice status --watch      → sluice abort'),
      ]
  }
}

function judged({ from, counts: { candidate } }: RolloutSummary): string {
  if (from === null) return 'There was nothing to compare it with: the next deploy will be judged.'
  if (candidate.requests === 0) return 'No request to it has been counted yet.'
  return `${counted(candidate.requests, 'request')} met it meanwhile, ${failures(candidate.bad)}.`
}

function harm({ to, highestShare, counts: { candidate } }: RolloutSummary): string {
  if (highestShare === 0) return `${to} never had traffic: nothing has changed for users.`
  if (candidate.requests === 0) return `No request to ${to} was counted.`
  return `${counted(candidate.requests, 'request')} met ${to}, ${failures(candidate.bad)}.`
}

function failures(bad: number): string {
  return bad === 0 ? 'none of them failed' : `${bad.toLocaleString('en')} of them failed`
}

function leftAlone({ to, id, status, waitsFor }: RolloutSummary): string {
  const what = status === 'undoing' ? `The way back from ${to}` : `The rollout of ${to}`
  const wait = waitsFor === null ? '' : `, and waits: ${waitsFor}`
  return `${what} goes on without this window (rollout ${id})${wait}.`
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}
