import { type Exactly, type Variable, variable } from '../variable.ts'
import { boundsOf, type NumberOptions, phrase } from './bounds.ts'
import { type Kind, unfit } from './kind.ts'

/** A decimal number such as 0.5, -3 or 1e6; never NaN or infinite, nor hexadecimal. */
export function number<const O extends NumberOptions = Record<never, never>>(
  options?: Exactly<O, NumberOptions>,
): Variable<number, O> {
  return variable(kind, options, ['min', 'max'])
}

function kind(options: NumberOptions): Kind<number> {
  const bounds = boundsOf(options)
  return {
    wanted: phrase('a number', options),
    read: (text) => {
      const value = form.test(text) ? Number(text) : Number.NaN
      return Number.isFinite(value) && bounds.hold(value) ? { value } : unfit
    },
    write: (value) => (typeof value === 'number' ? String(value) : null),
    keywords: { type: 'number', ...bounds.keywords },
  }
}

// Each digit can be matched in one way only, or a long row of them would take quadratic time.
const form = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i
