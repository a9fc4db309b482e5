/** What a message tells of a value: text is cut at 40 characters, a secret is its length only. */
export function found(value: unknown, isSecret: boolean): string {
  if (typeof value !== 'string') return kindOf(value)
  if (isSecret) return `a secret of ${value.length} characters`
  const text = withoutCredentials(value)
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text)
}

/**
 * The words of another library about a value. They may quote it, so of a secret the quotes give way to its length; where
 * any part of it is still there, nothing is left: an empty string.
 */
export function words(said: string, value: string, isSecret: boolean): string {
  const line = oneLine(isSecret ? said : withoutCredentials(said))
  if (!isSecret) return cut(line)
  const length = `a secret of ${value.length} characters`
  const quotes = ['"', "'", '`'].map((mark) => `${mark}${value}${mark}`)
  // A short value may be an ordinary word of the sentence, and a gap in its place would tell it.
  const forms = [JSON.stringify(value), ...quotes, ...(value.length < 12 ? [] : [value])]
  const masked = forms.reduce((text, form) => text.replaceAll(form, () => length), said)
  return sharesText(masked.replaceAll(length, ''), value) ? '' : cut(oneLine(masked))
}

const longest = 200

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

/** Line breaks and escape sequences of a value must not write lines of their own into a log. */
function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
}

/** `postgres://user:password@host` without what stands before the @, secret or not: people forget to say so. */
function withoutCredentials(text: string): string {
  const from = text.indexOf('://')
  const to = text.lastIndexOf('@')
  return from < 0 || to < from ? text : `${text.slice(0, from + 3)}…${text.slice(to)}`
}

/** Characters in a row that cannot be in both by chance alone; a shorter value has to be there whole. */
const run = 4

function sharesText(sentence: string, value: string): boolean {
  const [inside, secret] = [sentence.toLowerCase(), value.toLowerCase()]
  if (secret.length <= run) return inside.includes(secret)
  const runs = new Set(
    Array.from({ length: Math.max(0, inside.length - run + 1) }, (_, at) => inside.slice(at, at + run)),
  )
  for (let at = 0; at + run <= secret.length; at++) if (runs.has(secret.slice(at, at + run))) return true
  return false
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list, not text'
  return typeof value === 'object' ? 'an object, not text' : `a ${typeof value}, not text`
}
