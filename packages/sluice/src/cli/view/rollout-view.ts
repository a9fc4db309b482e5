import type { DeployNews, RolloutNewsLine, RolloutSummary } from '../../server/contract.ts'
import type { Call } from '../call.ts'
import { jsonView } from './json-view.ts'
import { linesView } from './lines-view.ts'
import { liveView } from './live-view.ts'

/** What a command hears while a release moves, in the order in which it happens. */
export type News = Exclude<DeployNews, { kind: 'error' }> | ({ kind: 'news' } & RolloutNewsLine)

/** Shows a rollout to a person or a program. */
export interface RolloutView {
  show(news: News): void
  /** A word about the command itself. */
  notice(text: string): void
  /** The last word: how it ended, or how it is left. */
  close(rollout: RolloutSummary | null): void
}

/** Redrawn in place on a terminal, one line per fact elsewhere, one object per line for programs. */
export function rolloutView(call: Call): RolloutView {
  if (call.isJson) return jsonView(call)
  return call.io.out.terminal === null ? linesView(call) : liveView(call)
}
