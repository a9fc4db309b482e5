import { type Call, notice, print } from '../call.ts'
import { closingLines } from './closing.ts'
import type { RolloutView } from './rollout-view.ts'
import { storyOf } from './story.ts'

/** One line per fact, for logs and pipes. */
export function linesView(call: Call): RolloutView {
  const story = storyOf(call, { leaveOut: 'nothing' })
  return {
    show: (news) => print(call, story.tell(news)),
    notice: (text) => notice(call, text),
    close: (rollout) => print(call, closingLines(story.facts(), rollout, call.paint)),
  }
}
