import type { Path } from './yaml-document.ts'

/** The part of JSON Schema that is written for our schemas. */
export interface JsonSchema {
  type?: string
  title?: string
  description?: string
  default?: unknown
  enum?: unknown[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  items?: JsonSchema
  anyOf?: JsonSchema[]
}

/** One key of a file, as the reference page shows it. */
export interface Key {
  /** `<name>` stands for any name, `[]` for each of a list. */
  path: string[]
  isRequired: boolean
  /** What may be written there. */
  schema: JsonSchema
}

/** Every key that a schema knows, those around it first, in the schema's order. */
export function allKeys(schema: JsonSchema, above: string[] = []): Key[] {
  const keys: Key[] = []
  for (const [name, below] of Object.entries(schema.properties ?? {})) {
    const path = [...above, name]
    keys.push(
      { path, isRequired: schema.required?.includes(name) ?? false, schema: below },
      ...allKeys(below, path),
    )
  }
  if (typeof schema.additionalProperties === 'object') {
    const path = [...above, '<name>']
    const each = { path, isRequired: false, schema: schema.additionalProperties }
    if (each.schema.description !== undefined) keys.push(each)
    keys.push(...allKeys(each.schema, path))
  }
  if (schema.items !== undefined) keys.push(...allKeys(schema.items, [...above, '[]']))
  for (const either of schema.anyOf ?? []) keys.push(...allKeys(either, above))
  return keys
}

/** The names of the keys that may stand in the map at the path. */
export function keysAt(schema: JsonSchema, path: Path): string[] {
  return [...new Set(placesAt(schema, path).flatMap((place) => Object.keys(place.properties ?? {})))]
}

/** The words that may stand at the path. */
export function wordsAt(schema: JsonSchema, path: Path): string[] {
  const words = placesAt(schema, path).flatMap((place) => place.enum ?? [])
  return words.filter((word) => typeof word === 'string')
}

/** `environments.production.strategy.canary.steps[0]`; nothing for the whole file. */
export function pathText(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (step === '[]') text += '[]'
    else text += `${text === '' ? '' : '.'}${String(step)}`
  }
  return text
}

/** What plain data holds at the path; undefined where it has no such place. */
export function valueAt(value: unknown, path: Path): unknown {
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<PropertyKey, unknown>)[step]
  }
  return value
}

function placesAt(schema: JsonSchema, path: Path): JsonSchema[] {
  let places = alternatives(schema)
  for (const step of path) places = places.flatMap((place) => below(place, step)).flatMap(alternatives)
  return places
}

function below({ properties, additionalProperties, items }: JsonSchema, step: PropertyKey): JsonSchema[] {
  if (typeof step === 'number') return items === undefined ? [] : [items]
  const name = String(step)
  if (properties !== undefined && Object.hasOwn(properties, name)) return [properties[name]!]
  return typeof additionalProperties === 'object' ? [additionalProperties] : []
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  return [schema, ...(schema.anyOf ?? []).flatMap(alternatives)]
}
