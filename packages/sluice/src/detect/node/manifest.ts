import { posix } from 'node:path'
import type { Evidence } from '../facts.ts'
import { placeOf, short } from '../place.ts'
import { parseRelaxedJson } from '../script.ts'
import type { Survey } from '../survey.ts'
import { record } from '../tool-versions.ts'

/** A package.json, as far as it is what npm expects. */
export interface Manifest {
  /** Of the package. */
  folder: string
  file: string
  text: string
  /** Everything, as it is written. */
  fields: Record<string, unknown>
  scripts: Record<string, string>
  /** What runs with the app. */
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

/** The manifest of a folder; null, and a note where it is broken, where there is none. */
export async function readManifest(survey: Survey, folder: string): Promise<Manifest | null> {
  for (const name of ['package.json', 'package.json5']) {
    const file = posix.join(folder, name)
    const text = survey.read(file)
    if (text === null) continue
    const parsed = name.endsWith('5') ? await parseRelaxedJson(text) : parsedJson(survey, file, text)
    if (parsed === undefined) continue
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      survey.note(`${file} holds no object, and was taken for no manifest`)
      continue
    }
    const fields = record(parsed)
    return {
      folder,
      file,
      text,
      fields,
      scripts: strings(fields.scripts),
      dependencies: { ...strings(fields.optionalDependencies), ...strings(fields.dependencies) },
      devDependencies: strings(fields.devDependencies),
    }
  }
  return null
}

/** Evidence in a manifest, at the innermost of the keys. */
export function inManifest(manifest: Manifest, keys: string[], says: string): Evidence {
  const patterns = keys.map((key) => new RegExp(`["']?${key.replaceAll(/[^\w-]/g, '\\$&')}["']?\\s*:`))
  return placeOf(manifest.file, manifest.text, patterns, says)
}

/** Evidence of a dependency of any kind. */
export function dependencyIn(manifest: Manifest, name: string): Evidence {
  const field = name in manifest.dependencies ? 'dependencies' : 'devDependencies'
  const exists = record(manifest.fields[field])[name] !== undefined
  return inManifest(manifest, exists ? [field, name] : [name], `it depends on ${name}`)
}

/** A field that holds a text which says something. */
export function textField(fields: Record<string, unknown>, name: string): string | null {
  const value = fields[name]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

/** The fields of an object that hold texts. */
export function strings(value: unknown): Record<string, string> {
  const fields = Object.entries(record(value)).filter(([, one]) => typeof one === 'string')
  return Object.fromEntries(fields) as Record<string, string>
}

function parsedJson(survey: Survey, file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    survey.note(`${file} is no JSON: ${short(error instanceof Error ? error.message : String(error))}`)
    return undefined
  }
}
