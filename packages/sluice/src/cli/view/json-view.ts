import { type Call, notice, printJson } from '../call.ts'
import type { RolloutView } from './rollout-view.ts'

/** The contract's objects as they come. */
export function jsonView(call: Call): RolloutView {
  return {
    show: (news) => printJson(call, news),
    notice: (text) => notice(call, text),
    close() {},
  }
}
