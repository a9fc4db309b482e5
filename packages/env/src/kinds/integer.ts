import { type Exactly, type Variable, variable } from '../variable.ts'
import { boundsOf, type NumberOptions, phrase } from './bounds.ts'
import { type Kind, unfit } from './kind.ts'

/**
 * A whole number in decimal digits. One that a JavaScript number cannot hold exactly (above 9007199254740991) is refused
 * rather than rounded; take `text` for such an id.
 */
export function integer<const O extends NumberOptions = Record<never, never>>(
  options?: Exactly<O, NumberOptions>,
): Variable<number, O> {
  return variable((given: NumberOptions) => wholeNumber(given), options, ['min', 'max'])
}

/** The kind behind `integer` and `port`. */
export function wholeNumber(options: NumberOptions): Kind<number> {
  const bounds = boundsOf(options)
  return {
    wanted: phrase('a whole number', options),
    read: (text) => {
      const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN
      return Number.isSafeInteger(value) && bounds.hold(value) ? { value } : unfit
    },
    write: (value) => (typeof value === 'number' ? String(value) : null),
    keywords: { type: 'integer', ...bounds.keywords },
  }
}
