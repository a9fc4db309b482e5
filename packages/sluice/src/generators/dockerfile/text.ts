import { SluiceError } from '../../errors.ts'
import { shellWord as quotedWord } from '../../pipeline/shell-word.ts'

/** A path of the app's as COPY takes it: a word where that is safe, else with everything in it that means something escaped. */
export function copyLine(sources: readonly string[], to: string, flags: readonly string[] = []): string {
  const front = ['COPY', ...flags].join(' ')
  const words = [...sources, to]
  if (words.every(isPlain)) return `${front} ${words.join(' ')}`
  // The JSON form still has variables, quotes and patterns in it.
  return `${front} ${execForm([...sources.map(patternOf), escaped(to)])}`
}

/** A program and its arguments, without a shell: nothing in them means anything. */
export function execForm(words: readonly string[]): string {
  for (const word of words) mustBeOneLine(word)
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`
}

/** A word for a shell. */
export function shellWord(word: string): string {
  mustBeOneLine(word)
  return quotedWord(word)
}

export function workdirLine(path: string): string {
  return `WORKDIR ${escaped(path)}`
}

/** A path inside the folder that is built from. Throws CONFIG_INVALID for what no Dockerfile can name safely. */
export function insidePath(path: string): string {
  mustBeOneLine(path)
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (path.startsWith('/') || parts.includes('..') || path.includes('\\'))
    throw refusal(path, 'a path inside the folder, with / between its parts')
  return parts.join('/') || '.'
}

/** A version as it is part of a tag or of `name@version`. */
export function versionWord(version: string): string {
  const word = version.replace(/^v/, '').replace(/\+.*$/s, '')
  if (!/^\d[\w.-]*$/.test(word)) throw refusal(version, 'a version such as 24 or 9.1.0')
  return word
}

/** The name of something that a package index has. */
export function packageWord(name: string): string {
  if (!/^[a-z0-9][a-z0-9+.-]*$/.test(name)) throw refusal(name, 'the name of a Debian package')
  return name
}

export function joined(...parts: string[]): string {
  return parts.filter((part) => part !== '.' && part !== '').join('/') || '.'
}

/** `./` for a whole folder, as people write it. */
export function asFolder(path: string): string {
  return path === '.' ? './' : `./${path}/`
}

function isPlain(word: string): boolean {
  return /^[\w.@:+/=][\w.@:+/=-]*$/.test(word)
}

function escaped(path: string): string {
  return path.replaceAll(/[\\'"$]/g, '\\$&')
}

function patternOf(path: string): string {
  return escaped(path).replaceAll(/[*?[]/g, '[$&]')
}

function mustBeOneLine(text: string): void {
  if (/[\0-\x1f\x7f\u2028\u2029]/.test(text))
    throw refusal(text, 'text without line breaks or control characters')
}

function refusal(found: string, wanted: string): SluiceError {
  const shown = JSON.stringify(found.length > 80 ? `${found.slice(0, 79)}…` : found)
  return new SluiceError('CONFIG_INVALID', `a Dockerfile needs ${wanted}; found ${shown}`, {
    todo: 'Rename it, or write the Dockerfile by hand.',
  })
}
