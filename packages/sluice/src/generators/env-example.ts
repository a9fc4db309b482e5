import type { Declaration, EnvSchema } from '../config/env-schema.ts'
import { madeBy } from './generator.ts'

const head = [
  madeBy(),
  '# The variables of env.schema.yaml, for a copy named .env that stays on your machine. `sluice env sync` keeps it in step.',
]

/** `.env.example`: every variable in the schema's order with what it is for. A secret never has a value. */
export function envExample({ variables, required }: EnvSchema): string {
  const entries = [...variables].map(([name, declaration]) => entry(name, declaration, required.has(name)))
  return `${[...head, ...entries.flat()].join('\n')}\n`
}

function entry(name: string, declaration: Declaration, isRequired: boolean): string[] {
  const { description, default: given } = declaration
  const about = [
    ...(description === undefined ? [] : description.split('\n').map((line) => `# ${line}`)),
    `# ${[isRequired ? 'required' : 'optional', ...traitsOf(declaration)].join(', ')}`,
  ]
  if (declaration['x-secret']) return ['', ...about, `${name}=`]
  // What has a default need not be set: the line shows it, and is no setting yet.
  return ['', ...about, given === undefined ? `${name}=` : `# ${name}=${quoted(String(given))}`]
}

/** What a value has to be, in a few words. */
export function traitsOf(declaration: Declaration): string[] {
  const {
    type,
    format,
    enum: all,
    const: only,
    minLength,
    maxLength,
    minimum,
    maximum,
    pattern,
  } = declaration
  return [
    ...(all !== undefined ? [`one of ${all.join(', ')}`] : only !== undefined ? [`always ${only}`] : []),
    ...(all === undefined && only === undefined && type !== 'string'
      ? [type === 'integer' ? 'a whole number' : type]
      : []),
    ...(format === undefined ? [] : [format]),
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
    ...(minLength === undefined ? [] : [minLength === 1 ? 'not empty' : `at least ${minLength} characters`]),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(pattern === undefined ? [] : [`matches ${pattern}`]),
    ...(declaration['x-secret'] ? ['secret'] : []),
    ...(declaration['x-phase'] === 'build' ? ['for the build'] : []),
  ]
}

// As most readers of .env files take it: double quotes around what has blanks, # or quotes.
function quoted(text: string): string {
  return /^[\w./:@%+,=~^*?&-]*$/.test(text)
    ? text
    : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
