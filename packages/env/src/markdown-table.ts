import type { Declaration } from './declaration.ts'

/** See `Env.toMarkdown`. */
export function markdownTable(declarations: ReadonlyMap<string, Declaration>): string {
  const rows = [...declarations.values()].map((declaration) => [
    code(declaration.name),
    meaning(declaration),
    required(declaration),
    defaults(declaration),
    declaration.isSecret ? 'yes' : 'no',
    declaration.phase,
  ])
  const head = ['Name', 'Meaning', 'Required', 'Default', 'Secret', 'Phase']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

function meaning({ docs, kind, example, deprecated }: Declaration): string {
  const sentences = [
    ...(docs === undefined ? [] : [cell(docs)]),
    cell(`${kind.wanted[0]!.toUpperCase()}${kind.wanted.slice(1)}.`),
    ...(example === undefined ? [] : [`For example ${code(example)}.`]),
    ...(deprecated === undefined ? [] : [`**Deprecated:** ${cell(deprecated)}.`]),
  ]
  return sentences.join(' ')
}

function required({ isOptional, requiredWhen, default: text, defaults }: Declaration): string {
  if (isOptional || text !== undefined) return 'no'
  if (requiredWhen !== undefined) return 'depends on others'
  return defaults.size === 0 ? 'yes' : `yes, except in ${[...defaults.keys()].join(', ')}`
}

/** Never of a secret, though it may have one for tests. */
function defaults({ isSecret, default: text, defaults }: Declaration): string {
  if (isSecret) return ''
  const all = [
    ...(text === undefined ? [] : [code(text)]),
    ...[...defaults].map(([mode, one]) => `${code(one)} (${mode})`),
  ]
  return all.join(', ')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/[\r\n\u2028\u2029]+/g, ' ')
}

/** In one more backtick than the text has in a row; an empty text would be none at all. */
function code(text: string): string {
  if (text === '') return 'empty'
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  const space = longest > 0 ? ' ' : ''
  return `${fence}${space}${cell(text)}${space}${fence}`
}
