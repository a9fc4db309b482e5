import { definitionError } from '../env-error.ts'
import type { Options } from '../variable.ts'
import type { Keywords } from './kind.ts'

export interface NumberOptions extends Options<number> {
  /** The least number that is taken. */
  min?: number
  /** The greatest number that is taken. */
  max?: number
}

interface Bounds {
  hold: (value: number) => boolean
  keywords: Pick<Keywords, 'minimum' | 'maximum'>
}

/** The bounds of a number. Throws where they are no numbers or leave none. */
export function boundsOf({ min, max }: NumberOptions): Bounds {
  for (const [option, bound] of Object.entries({ min, max })) {
    if (bound !== undefined && !Number.isFinite(bound)) throw definitionError(`${option} is a number`)
  }
  if ((min ?? -Infinity) > (max ?? Infinity)) throw definitionError('min is above max')
  return {
    hold: (value) => value >= (min ?? -Infinity) && value <= (max ?? Infinity),
    keywords: {
      ...(min === undefined ? {} : { minimum: min }),
      ...(max === undefined ? {} : { maximum: max }),
    },
  }
}

/** `a number from 0 to 1`, `a number of at least 0`; `text` writes a bound. */
export function phrase<Bound>(noun: string, { min, max }: { min?: Bound; max?: Bound }): string {
  if (min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`
  if (min !== undefined) return `${noun} of at least ${min}`
  return max === undefined ? noun : `${noun} of at most ${max}`
}
