import { type Exactly, type Options, type Variable, variable } from '../variable.ts'
import { wholeNumber } from './integer.ts'

/** A TCP or UDP port, 1 to 65535. Not 0, which means "any" and is never what a deployed app should listen on. */
export function port<const O extends Options<number> = Record<never, never>>(
  options?: Exactly<O, Options<number>>,
): Variable<number, O> {
  return variable(() => wholeNumber({ min: 1, max: 65_535 }), options)
}
