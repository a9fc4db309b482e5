import type { Fact } from '../../core/narrate.ts'
import type { Ms } from '../../core/release.ts'
import type { RolloutSummary } from '../../server/contract.ts'
import type { Call } from '../call.ts'
import { factLines } from './fact-lines.ts'
import { mark } from './mark.ts'
import type { Paint } from './paint.ts'
import type { News } from './rollout-view.ts'
import { counted } from './text.ts'

/** Turns what happens into lasting lines, and keeps what the last words need. */
export interface Story {
  tell(news: News): string[]
  facts(): StoryFacts
}

export interface StoryFacts {
  /** When its clock began. */
  startedAt: Ms
  /** Where users reach it, once known. */
  url: string | null
  /** How it ended, in a sentence. */
  end: string | null
}

/** `leaveOut`: what another place shows while it goes on, so that only its end is told. */
export function storyOf({ io, paint }: Call, { leaveOut }: { leaveOut: 'going' | 'nothing' }): Story {
  const known: StoryFacts = { startedAt: io.now(), url: null, end: null }
  let waitsFor: string | null = null

  function tell(news: News): string[] {
    switch (news.kind) {
      case 'planned':
        known.startedAt = io.now()
        return plannedLines(news, paint)
      case 'fact':
        return factLines(news.fact, known.startedAt, paint)
      case 'rollout':
        known.url = news.url
        return [`  rollout   ${news.id}: ${change(news)}`]
      case 'news':
        known.startedAt = news.rollout.startedAt
        return [...news.facts.flatMap(tellFact), ...tellWait(news.rollout)]
    }
  }

  function tellFact(fact: Fact): string[] {
    if (fact.title === 'end') known.end = fact.text
    const isShown = fact.title !== 'end' && !(leaveOut === 'going' && fact.mark === 'going')
    return isShown ? factLines(fact, known.startedAt, paint) : []
  }

  function tellWait(rollout: RolloutSummary): string[] {
    const isNews = rollout.waitsFor !== null && rollout.waitsFor !== waitsFor
    waitsFor = rollout.waitsFor
    return isNews && leaveOut === 'nothing' ? [paint.bold(waysOn(rollout))] : []
  }

  return { tell, facts: () => known }
}

/** `r7 → r8`. */
export function change({ from, to }: { from: string | null; to: string }): string {
  return from === null ? `${to}, the first release` : `${from} → ${to}`
}

/** What a person can say to a rollout that waits. */
export function waysOn({ paused }: RolloutSummary): string {
  return paused ? '→ sluice resume      → sluice abort' : '→ sluice promote      → sluice abort'
}

function plannedLines(news: Extract<News, { kind: 'planned' }>, paint: Paint): string[] {
  const where = news.target === 'process' ? 'on this machine ' : ''
  const how = `${news.target}, ${counted(news.instances, 'instance')}, ${news.router} router`
  const why = news.recommended === null ? '' : `      recommended: ${news.recommended}`
  return [
    `${paint.bold(`${news.app} → ${news.environment}`)} ${where}(${how})`,
    `  strategy  ${news.strategy}${why}`,
    ...news.warnings.map((warning) => `${mark('attention', paint)} ${warning}`),
  ]
}
