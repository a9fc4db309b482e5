import { definitionError } from '../env-error.ts'
import { type Exactly, type Options, type Variable, variable } from '../variable.ts'
import { type Keywords, type Kind, unfit, writeText } from './kind.ts'

export interface TextOptions extends Options<string> {
  /** Least number of characters, at most 1,000,000. */
  minLength?: number
  /** Greatest number of characters, at most 1,000,000. */
  maxLength?: number
  /** Is found in the value; write ^ and $ to mean all of it. Without flags, or with u: the schema can say no others. */
  pattern?: RegExp
}

/** Text as it is. */
export function text<const O extends TextOptions = Record<never, never>>(
  options?: Exactly<O, TextOptions>,
): Variable<string, O> {
  return variable(kind, options, ['minLength', 'maxLength', 'pattern'])
}

function kind({ minLength, maxLength, pattern }: TextOptions): Kind<string> {
  checkLength('minLength', minLength)
  checkLength('maxLength', maxLength)
  if ((minLength ?? 0) > (maxLength ?? Infinity)) throw definitionError('minLength is above maxLength')
  const expression = pattern === undefined ? undefined : unicode(pattern)

  const keywords: Keywords = { type: 'string' }
  if (minLength !== undefined) keywords.minLength = minLength
  if (maxLength !== undefined) keywords.maxLength = maxLength
  if (expression !== undefined) keywords.pattern = expression.source
  return {
    wanted: wanted({ minLength, maxLength, pattern }),
    read: (value) => {
      const length = lengthOf(value)
      const fits = length >= (minLength ?? 0) && length <= (maxLength ?? Infinity)
      return fits && (expression?.test(value) ?? true) ? { value } : unfit
    },
    write: writeText,
    keywords,
  }
}

function wanted({ minLength, maxLength, pattern }: TextOptions): string {
  const bounds = [
    ...(minLength === undefined ? [] : [`at least ${minLength}`]),
    ...(maxLength === undefined ? [] : [`at most ${maxLength}`]),
  ]
  const length = bounds.length === 0 ? '' : ` of ${bounds.join(' and ')} characters`
  return `text${length}${pattern === undefined ? '' : ` that matches ${pattern.source}`}`
}

/** Code points, as JSON Schema counts: an emoji is one character and not two. */
function lengthOf(value: string): number {
  let length = 0
  for (const _ of value) length++
  return length
}

function checkLength(option: string, length: unknown): void {
  if (length === undefined) return
  if (Number.isInteger(length) && Number(length) >= 0 && Number(length) <= 1_000_000) return
  throw definitionError(`${option} is a whole number from 0 to 1000000`)
}

/** JSON Schema's patterns are read with the flag u and know no other. */
function unicode(pattern: unknown): RegExp {
  if (!(pattern instanceof RegExp)) throw definitionError('pattern is a regular expression')
  if (pattern.flags.replace('u', '') !== '') {
    throw definitionError(`pattern has the flags ${pattern.flags}, which the exported schema cannot say`)
  }
  try {
    return new RegExp(pattern.source, 'u')
  } catch {
    throw definitionError('pattern is no regular expression when read with the flag u, as schemas are')
  }
}
