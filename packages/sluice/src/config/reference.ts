import { allKeys, type JsonSchema, type Key, pathText } from './keys.ts'

/** The reference page of sluice.yaml, in Markdown, made from its schema. */
export function referencePage(schema: JsonSchema): string {
  const keys = allKeys(schema)
  const isOfEnvironment = ({ path }: Key) => path[0] === 'environments' && path.length > 2
  const isOfStrategy = ({ path }: Key) =>
    isOfEnvironment({ path } as Key) && path[2] === 'strategy' && path.length > 3
  return [
    '# sluice.yaml',
    '',
    'Made from the schema by `node scripts/generate-docs.ts`. Durations are written as `500ms`, `30s`, `1h30m`; shares of the',
    'traffic as `5%`; sizes as `10mb`. A key that is not listed here is refused.',
    '',
    '## Top level',
    '',
    ...table(keys.filter((key) => !isOfEnvironment(key))),
    '## Environments',
    '',
    'Below `environments.<name>`:',
    '',
    ...table(keys.filter((key) => isOfEnvironment(key) && !isOfStrategy(key)).map((key) => cut(key, 2))),
    '## Strategies',
    '',
    'Below `environments.<name>.strategy`, which is a name, or a map of one name to its options:',
    '',
    ...table(keys.filter(isOfStrategy).map((key) => cut(key, 3))),
  ].join('\n')
}

function cut(key: Key, steps: number): Key {
  return { ...key, path: key.path.slice(steps) }
}

function table(keys: Key[]): string[] {
  const rows = keys.map(
    (key) =>
      `| \`${pathText(key.path)}\` | ${cell(typeOf(key.schema))} | ${defaultOf(key)} | ${cell(key.schema.description ?? '')} |`,
  )
  return ['| key | type | default | meaning |', '|---|---|---|---|', ...rows, '']
}

function typeOf({ title, enum: words, type, anyOf }: JsonSchema): string {
  if (title !== undefined) return title
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(', ')
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].join(' or ')
  return type === 'object' ? 'map' : type === 'string' ? 'text' : (type ?? '')
}

function defaultOf({ isRequired, schema }: Key): string {
  if (isRequired) return '**required**'
  if (schema.default === undefined || isEmptyMap(schema.default)) return ''
  return cell(`\`${typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default)}\``)
}

function isEmptyMap(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  )
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
