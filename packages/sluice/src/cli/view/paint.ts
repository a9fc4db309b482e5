import type { Channel } from '../io.ts'

const codes = { green: 32, red: 31, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const

/** Colours for words that say the same without them. */
export type Paint = { [K in keyof typeof codes]: (text: string) => string }

/** Plain where nobody looks at a terminal, or where NO_COLOR is set to anything (no-color.org). */
export function paintFor(channel: Channel, env: NodeJS.ProcessEnv): Paint {
  return channel.terminal === null || (env.NO_COLOR ?? '') !== '' ? plain : coloured
}

const coloured = painted((code, text) => (text === '' ? '' : `\x1b[${code}m${text}\x1b[0m`))
/** Changes nothing. */
export const plain: Paint = painted((_, text) => text)

function painted(brush: (code: number, text: string) => string): Paint {
  const entries = Object.entries(codes).map(
    ([name, code]) => [name, (text: string) => brush(code, text)] as const,
  )
  return Object.fromEntries(entries) as Paint
}
