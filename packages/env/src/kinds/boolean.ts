import { type Exactly, type Options, type Variable, variable } from '../variable.ts'
import { type Kind, unfit } from './kind.ts'

/** `true` or `1`, `false` or `0`; nothing else, since `yes`, `on` and `TRUE` mean something different in every program. */
export function boolean<const O extends Options<boolean> = Record<never, never>>(
  options?: Exactly<O, Options<boolean>>,
): Variable<boolean, O> {
  return variable(() => kind, options)
}

const meanings = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

const kind: Kind<boolean> = {
  wanted: 'true or false',
  read: (text) => {
    const value = meanings.get(text)
    return value === undefined ? unfit : { value }
  },
  write: (value) => (typeof value === 'boolean' ? String(value) : null),
  keywords: { type: 'boolean' },
}
