import { definitionError } from '../env-error.ts'
import { type Exactly, type Options, type Variable, variable } from '../variable.ts'
import { phrase } from './bounds.ts'
import { type Kind, unfit, writeText } from './kind.ts'

export interface DurationOptions extends Options<string> {
  /** The shortest that is taken, such as `100ms`. */
  min?: string
  /** The longest that is taken, such as `1h30m`. */
  max?: string
}

/**
 * Milliseconds, written as `500ms`, `30s`, `1.5s`, `1h30m` or `2d`, as are the default and the bounds. Always with a unit:
 * nobody can tell whether a bare 30 is meant in seconds.
 */
export function duration<const O extends DurationOptions = Record<never, never>>(
  options?: Exactly<O, DurationOptions>,
): Variable<number, O> {
  return variable(kind, options, ['min', 'max'])
}

function kind({ min, max }: DurationOptions): Kind<number> {
  const [least, most] = [bound('min', min) ?? 0, bound('max', max) ?? Number.MAX_SAFE_INTEGER]
  if (least > most) throw definitionError('min is above max')
  return {
    wanted: `${phrase('a duration', { min, max })} such as 500ms, 30s or 1h30m`,
    read: (text) => {
      const value = milliseconds(text)
      return value >= least && value <= most ? { value } : unfit
    },
    write: writeText,
    keywords: { type: 'string', pattern: form.source },
  }
}

const form = /^(\d+d)?(\d+h)?(\d+m)?(\d+(\.\d+)?s)?(\d+ms)?$/

const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** NaN for what is no duration. */
function milliseconds(text: string): number {
  if (text === '' || !form.test(text)) return Number.NaN
  let sum = 0
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ms|[smhd])/g)) sum += Number(amount) * unitMs[unit!]!
  return Math.round(sum)
}

function bound(option: string, text: unknown): number | undefined {
  if (text === undefined) return undefined
  const value = typeof text === 'string' ? milliseconds(text) : Number.NaN
  if (Number.isNaN(value)) throw definitionError(`${option} is a duration such as 500ms, 30s or 1h30m`)
  return value
}
