import type { Fact } from '../../core/narrate.ts'
import type { Paint } from './paint.ts'

const marks: { [K in Fact['mark']]: { symbol: string; colour: keyof Paint } } = {
  done: { symbol: '✓', colour: 'green' },
  going: { symbol: '●', colour: 'cyan' },
  attention: { symbol: '!', colour: 'yellow' },
  failed: { symbol: '✗', colour: 'red' },
}

/** `✓`, `●`, `!` or `✗`. */
export function mark(kind: Fact['mark'], paint: Paint): string {
  const { symbol, colour } = marks[kind]
  return paint[colour](symbol)
}
