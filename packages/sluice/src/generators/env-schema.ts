import { stringify } from 'yaml'
import type { VariableUse } from '../detect/facts.ts'
import { looksSecret, variablesToDeclare } from './declared-variables.ts'
import { type Generator, madeBy } from './generator.ts'

const head = [
  madeBy(),
  '# What this app reads from its environment, in JSON Schema. A value arrives as text and is read as the type given here.',
  '# Checked before anything starts. `sluice env check` says what the code reads and this does not know.',
]

/** Which variables there are, from the code that reads them. */
export const envSchema: Generator = {
  summary: 'which variables the app reads, checked before anything starts',

  generate({ variables, schema }) {
    const found = variablesToDeclare(variables)
    // One that is there already says more than any code shows.
    if (schema !== null || found.length === 0) return { files: [], notes: [] }
    const required = found
      .filter(({ fallback, name }) => fallback === null && !isMode(name))
      .map(({ name }) => name)
    const content = [
      ...head,
      'type: object',
      ...(required.length === 0 ? [] : [`required: [${required.join(', ')}]`]),
      'properties:',
      ...found.flatMap(declaration),
      '',
    ]
    const notes = required.length === 0 ? [] : [needed(required)]
    return { files: [{ path: 'env.schema.yaml', content: content.join('\n') }], notes }
  },
}

function needed(required: string[]): string {
  const [are, them] = required.length === 1 ? ['is', 'it'] : ['are', 'them']
  return `${required.join(', ')} ${are} read without a fallback, and so required: set ${them} under env in sluice.yaml, or take ${them} out of "required" in env.schema.yaml.`
}

function declaration(use: VariableUse): string[] {
  const { name, places, fallback } = use
  // Without the line, which moves with every edit above it.
  const files = [...new Set(places.map(({ file }) => file))]
  const said = `Read in ${files.slice(0, 3).join(', ')}${files.length > 3 ? ` and ${files.length - 3} more` : ''}.`
  const lines = [`  ${name}:`, ...typeOf(use), `    description: ${scalar(said)}`]
  if (looksSecret(name)) return [...lines, '    x-secret: true']
  const taken = isMode(name) ? 'production' : fallback
  return taken === null || taken === '' ? lines : [...lines, `    default: ${literal(taken, use)}`]
}

function isMode(name: string): boolean {
  return name === 'NODE_ENV'
}

function typeOf(use: VariableUse): string[] {
  if (isMode(use.name)) return ['    type: string', '    enum: [development, test, production]']
  const type = kindOf(use)
  return [`    type: ${type}`]
}

// Only what the fallback shows, and only where no other text could be meant.
function kindOf({ name, fallback }: VariableUse): 'string' | 'integer' | 'boolean' {
  if (fallback === null || looksSecret(name)) return 'string'
  if (/^(0|[1-9]\d{0,14})$/.test(fallback)) return 'integer'
  return /^(true|false)$/.test(fallback) ? 'boolean' : 'string'
}

function literal(text: string, use: VariableUse): string {
  return kindOf(use) === 'string' ? scalar(text) : text
}

function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, defaultStringType: 'PLAIN' }).trim()
}
