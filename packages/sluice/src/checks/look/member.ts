import { readFileSync } from 'node:fs'
import { join, posix, relative, resolve, sep } from 'node:path'
import { parse } from 'yaml'
import { detect } from '../../detect/detect.ts'
import type { AppFacts, Project } from '../../detect/facts.ts'
import { repositoryFolder } from '../../detect/repository.ts'
import { field } from './yaml-documents.ts'

/**
 * The app of a folder that is built of more than it, detected from where all of that is, as `build.context` of its sluice.yaml
 * says. Null where it says nothing, or leads out of the repository, and where there is no such app.
 */
export async function memberAt(folder: string): Promise<{ project: Project; app: AppFacts } | null> {
  const at = resolve(folder)
  const context = contextOf(at)
  if (context === null) return null
  const project = await detect(context)
  const place = relative(context, at).split(sep).join('/')
  const app = project.apps.find((one) => one.folder === place)
  return app === undefined ? null : { project, app }
}

/** The folder above an app's that it is built from; null where that is its own, or is not of its repository. */
function contextOf(folder: string): string | null {
  const written = field(readYaml(join(folder, 'sluice.yaml')), 'build', 'context')
  const repository = repositoryFolder(folder)
  if (typeof written !== 'string' || repository === null) return null
  const context = resolve(folder, written)
  return context !== folder && isWithin(folder, context) && isWithin(context, repository) ? context : null
}

// By itself: one with a mistake in it says all the same what the app is built of.
function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'), { logLevel: 'silent' })
  } catch {
    return null
  }
}

function isWithin(path: string, folder: string): boolean {
  const inside = relative(folder, path)
  return inside !== '..' && !inside.startsWith(`..${sep}`)
}

/** The same facts, with every file and folder seen from the app's own folder. */
export function fromItsFolder<Facts extends AppFacts>(app: Facts): Facts {
  const { folder, workspaceRoot } = app
  const seen = seenFrom(folder, app)
  return {
    ...seen,
    folder: '.',
    workspaceRoot: workspaceRoot === null ? null : posix.relative(folder, workspaceRoot) || '.',
  }
}

// Evidence of a folder is told by its files; all other paths of an app are its own folder's already.
function seenFrom<Value>(folder: string, value: Value): Value {
  if (Array.isArray(value)) return value.map((one) => seenFrom(folder, one)) as Value
  if (typeof value !== 'object' || value === null) return value
  const all = Object.entries(value).map(([key, one]) => [key, seenFrom(folder, one)] as const)
  const { file, says } = value as { file?: unknown; says?: unknown }
  const isEvidence = typeof file === 'string' && typeof says === 'string'
  return Object.fromEntries(isEvidence ? [...all, ['file', posix.relative(folder, file)]] : all) as Value
}
