import { definitionError } from '../env-error.ts'
import { type Exactly, type Options, type Variable, variable } from '../variable.ts'
import { type Kind, unfit, writeText } from './kind.ts'

/** One of a few words, written exactly so. */
export function choice<
  const Word extends string,
  const O extends Options<NoInfer<Word>> = Record<never, never>,
>(words: readonly Word[], options?: Exactly<O, Options<NoInfer<Word>>>): Variable<Word, O> {
  return variable(() => kind(words), options)
}

function kind<Word extends string>(words: readonly Word[]): Kind<Word> {
  // Not narrowed by isArray, which knows no read-only arrays.
  const isList: boolean = Array.isArray(words)
  if (!isList || words.length === 0) throw definitionError('choice takes a list of words')
  if (words.some((word) => typeof word !== 'string' || word === '')) {
    throw definitionError('choice takes words that are not empty, since an empty variable counts as not set')
  }
  const known = new Map<string, Word>(words.map((word) => [word, word]))
  return {
    wanted: `one of ${words.join(', ')}`,
    read: (text) => {
      const value = known.get(text)
      return value === undefined ? unfit : { value }
    },
    write: writeText,
    keywords: { type: 'string', enum: [...known.keys()] },
  }
}
