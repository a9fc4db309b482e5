import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'

interface Manifest {
  apiVersion: string
  kind: string
}

/** What the definitions of the Gateway API in a folder say of an object; a key that they do not know is a fault. */
export function faults(object: Manifest, folder: string): string[] {
  const [group, version] = object.apiVersion.split('/')
  const file = join(folder, `${group}_${object.kind.toLowerCase()}s.yaml`)
  const { spec } = parse(readFileSync(file, 'utf8'))
  const { schema } = spec.versions.find((one: { name: string }) => one.name === version)
  // Formats such as int32 are not of JSON Schema.
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
    closed(schema.openAPIV3Schema),
  )
  validate(object)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** The same schema, where every object with named keys has no others. */
function closed(schema: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(schema).map(([key, value]) => {
    if (key !== 'properties') return [key, isMap(value) ? closed(value) : value]
    const properties = Object.entries(value as Record<string, Record<string, unknown>>)
    return [key, Object.fromEntries(properties.map(([name, one]) => [name, closed(one)]))]
  })
  const isClosed = schema.type === 'object' && schema.properties !== undefined
  return { ...Object.fromEntries(entries), ...(isClosed ? { additionalProperties: false } : {}) }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
