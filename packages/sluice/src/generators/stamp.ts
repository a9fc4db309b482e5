import { createHash } from 'node:crypto'
import { madeBy } from './generator.ts'

/*
 * A generated file says in one line what it was when it was made. So it can be told later whether a person has changed it,
 * and whether the app has moved on since, without keeping anything elsewhere.
 */

const STAMP = / \(([0-9a-f]{8})\)$/m

/** The same with a mark of what it is. The content has the line of `madeBy`. */
export function stamped(content: string): string {
  const line = lineOf(content)
  return content.replace(line, `${line} (${markOf(content)})`)
}

/** What a file on disk is to `content`, which a generator makes of the app as it is now. */
export type FileState =
  /** It is that very text. */
  | 'same'
  /** Made of the app as it is now, and changed by a person since. */
  | 'changed'
  /** Made of the app as it was, and nobody has changed it since. */
  | 'outdated'
  /** Both: the app has moved on, and a person has changed it. */
  | 'changed and outdated'
  /** Not made by a generator. */
  | 'own'

/** Compares a file on disk with what a generator makes now. */
export function stateOf(found: string, content: string): FileState {
  if (found === stamped(content)) return 'same'
  const line = found.split('\n').find((one) => one.includes(lineOf(content)))
  const mark = line === undefined ? undefined : STAMP.exec(line)?.[1]
  if (line === undefined || mark === undefined) return 'own'
  const isChanged = markOf(found.replace(line, line.replace(STAMP, ''))) !== mark
  const isOutdated = markOf(content) !== mark
  if (isChanged) return isOutdated ? 'changed and outdated' : 'changed'
  return isOutdated ? 'outdated' : 'same'
}

function lineOf(content: string): string {
  const sentence = madeBy('').trim()
  const line = content.split('\n').find((one) => one.includes(sentence))
  if (line === undefined) throw new Error('a generated file has to say so, by madeBy()')
  return line
}

function markOf(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 8)
}
