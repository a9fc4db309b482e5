import type { Channel } from '../io.ts'
import { fit } from './text.ts'

/** The last lines of a terminal, drawn again in place. */
export interface Region {
  /** Writes `above` for good, and `lines` below it until the next draw. */
  draw(above: string[], lines: string[]): void
}

export function regionOn(channel: Channel): Region {
  let drawn = 0
  return {
    draw(above, lines) {
      const { columns, rows } = channel.terminal ?? { columns: 80, rows: 24 }
      // A row that wraps, or is scrolled away, could not be found again.
      const shown = lines.slice(0, rows - 1).map((line) => fit(line, columns - 1))
      const erase = drawn > 0 ? `\x1b[${drawn}A\x1b[J` : ''
      const text = [...above, ...shown].map((line) => `${line}\n`).join('')
      drawn = shown.length
      if (erase + text !== '') channel.write(erase + text)
    },
  }
}
