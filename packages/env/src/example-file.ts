import type { Declaration } from './declaration.ts'

/** See `Env.toExample`. */
export function exampleFile(declarations: ReadonlyMap<string, Declaration>): string {
  return [...declarations.values()].map(entry).join('\n')
}

function entry(declaration: Declaration): string {
  const { name, docs } = declaration
  const comments = [...(docs === undefined ? [] : docs.split(/[\r\n\u2028\u2029]+/)), facts(declaration)]
  return `${comments.map((line) => `# ${line}\n`).join('')}${name}=${value(declaration)}\n`
}

/** A value to start from. None where NODE_ENV chooses: a copy of this file would choose for all modes. */
function value({ isSecret, default: text, defaults, example, deprecated }: Declaration): string {
  if (isSecret || deprecated !== undefined || defaults.size > 0) return ''
  return quoted(text ?? example ?? '')
}

function facts(declaration: Declaration): string {
  const { kind, isSecret, isOptional, phase, requiredWhen, example, deprecated } = declaration
  const sentences = [
    `Wanted: ${kind.wanted}.`,
    ...(isOptional ? ['Optional.'] : []),
    ...(requiredWhen === undefined ? [] : ['Depends on other variables.']),
    ...(isSecret ? ['Secret.'] : defaultsOf(declaration)),
    ...(phase === 'build' ? ['For the build.'] : []),
    ...(deprecated === undefined ? [] : [`Deprecated: ${deprecated}.`]),
    ...(example === undefined ? [] : [`Example: ${example}`]),
  ]
  return sentences.join(' ').replaceAll(/[\r\n\u2028\u2029]+/g, ' ')
}

function defaultsOf({ default: text, defaults }: Declaration): string[] {
  const all = [
    ...(text === undefined ? [] : [text]),
    ...[...defaults].map(([mode, one]) => `${one} (${mode})`),
  ]
  return all.length === 0 ? [] : [`Default: ${all.join(', ')}.`]
}

/** As Node, dotenv and Compose read it: quotes where it would otherwise be cut, of a kind that it does not hold. */
function quoted(text: string): string {
  if (/^[A-Za-z0-9_./:@,+=%?&~-]*$/.test(text)) return text
  // Between double quotes, \n and $NAME may be replaced.
  const marks = /[\\$]/.test(text) ? ["'", '`'] : ["'", '"', '`']
  const mark = marks.find((one) => !text.includes(one))
  return mark === undefined ? '' : `${mark}${text}${mark}`
}
