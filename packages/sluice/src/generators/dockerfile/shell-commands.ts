import type { Instruction } from './instructions.ts'

/** One program as a RUN line starts it. */
export interface ShellCommand {
  /** Set before it: `CGO_ENABLED=0`. */
  env: Record<string, string>
  /** Program and arguments, without quotes. */
  words: string[]
  /** Where its output goes, for `> file`. */
  writes: string | null
}

/**
 * What a RUN, CMD or ENTRYPOINT starts. Good enough to recognise what is well known: whoever meets a loop or a
 * subshell sees words that no table has, and that is then not known.
 */
export function shellCommands({ json, text }: Pick<Instruction, 'json' | 'text'>): ShellCommand[] {
  if (json?.length === 0) return []
  if (json !== null) {
    const script = scriptOf(json)
    return script === null ? [{ env: {}, words: [...json], writes: null }] : shellCommands(script)
  }
  return split(text)
    .map(commandOf)
    .filter(({ words }) => words.length > 0)
}

/** The script of `["sh", "-c", "…"]`, with the words that are its `"$@"` in their place; null for anything else. */
function scriptOf(words: readonly string[]): Pick<Instruction, 'json' | 'text'> | null {
  const [shell, flags, script, , ...rest] = words
  if (!/(?:^|\/)(?:ba|da)?sh$/.test(shell ?? '') || !/^-\w*c$/.test(flags ?? '') || script === undefined)
    return null
  return { json: null, text: script.replace('"$@"', rest.map((word) => `'${word}'`).join(' ')) }
}

function split(text: string): string[] {
  const parts = ['']
  for (const [token] of text.matchAll(/\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|&&|\|\||[;|\n]|[\s\S]/g)) {
    if (['&&', '||', ';', '|', '\n'].includes(token)) parts.push('')
    else parts[parts.length - 1] += token
  }
  return parts
}

function commandOf(part: string): ShellCommand {
  const raw = part.match(/(?:\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|[^\s'"\\])+/g) ?? []
  const env: Record<string, string> = {}
  let words = raw.map(unquoted)
  while (words[0] === 'exec' || words[0] === 'env' || /^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
    const [name, value] = words[0]!.split(/=(.*)/s)
    if (value !== undefined) env[name!] = value
    words = words.slice(1)
  }
  const at = words.findIndex(
    (word, index) => word === '>' && /^>$/.test(raw[raw.length - words.length + index]!),
  )
  const writes = at === -1 ? null : (words[at + 1] ?? null)
  return { env, words: at === -1 ? words : words.slice(0, at), writes }
}

function unquoted(word: string): string {
  return word.replaceAll(/'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])/g, (_, single, double, escaped) =>
    single !== undefined
      ? single
      : double !== undefined
        ? double.replaceAll(/\\(["$`\\])/g, '$1')
        : escaped === '\n'
          ? ''
          : escaped,
  )
}
