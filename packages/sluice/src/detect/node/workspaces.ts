import { posix } from 'node:path'
import { parse } from 'yaml'
import type { Evidence } from '../facts.ts'
import { foldersOf } from '../folder-globs.ts'
import { placeOf, short } from '../place.ts'
import type { Survey } from '../survey.ts'
import { record } from '../tool-versions.ts'
import { inManifest, type Manifest } from './manifest.ts'

/** The packages that are installed together, and where that is said. */
export interface Workspace {
  folders: string[]
  from: Evidence
}

/** The workspace that begins in a folder; null where none does. */
export function workspaceAt(survey: Survey, folder: string, manifest: Manifest | null): Workspace | null {
  const file = posix.join(folder, 'pnpm-workspace.yaml')
  const text = survey.read(file)
  if (text !== null) {
    const globs = globsIn(survey, file, text)
    if (globs.length > 0) {
      const from = placeOf(file, text, ['packages:'], `packages are ${short(globs.join(', '))}`)
      return { folders: membersOf(survey, folder, globs), from }
    }
  }
  const field = manifest?.fields.workspaces
  const globs = texts(Array.isArray(field) ? field : record(field).packages)
  if (manifest === null || globs.length === 0) return null
  const from = inManifest(manifest, ['workspaces'], `workspaces are ${short(globs.join(', '))}`)
  return { folders: membersOf(survey, folder, globs), from }
}

function membersOf(survey: Survey, folder: string, globs: string[]): string[] {
  return foldersOf(survey, folder, globs).filter(
    (one) => one !== folder && survey.isFile(posix.join(one, 'package.json')),
  )
}

function globsIn(survey: Survey, file: string, text: string): string[] {
  try {
    return texts(record(parse(text)).packages)
  } catch (error) {
    survey.note(`${file} is no YAML: ${short(error instanceof Error ? error.message : String(error))}`)
    return []
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, 200) : []
}
