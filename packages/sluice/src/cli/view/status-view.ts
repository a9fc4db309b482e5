import { type Call, print, printJson } from '../call.ts'
import { regionOn } from './region.ts'
import { type Sample, statusLines } from './status.ts'

/** Redrawn in place on a terminal; elsewhere told again when something has changed. */
export function statusView(
  call: Call,
  { preview = false, watch = false }: { preview?: boolean; watch?: boolean },
): (now: Sample) => void {
  const region = regionOn(call.io.out)
  let before: Sample | null = null
  let last = ''
  return (now) => {
    if (call.isJson) return printJson(call, { kind: 'status', ...now.answer })
    const lines = statusLines(now, { before, paint: call.paint, withPreview: preview })
    before = now
    if (watch && call.io.out.terminal !== null) return region.draw([], lines)
    if (lines.join('\n') !== last) print(call, lines)
    last = lines.join('\n')
  }
}
