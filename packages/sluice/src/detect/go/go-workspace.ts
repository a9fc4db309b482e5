import { posix } from 'node:path'
import type { Concluded, GoWorkspace } from '../facts.ts'
import type { Survey } from '../survey.ts'
import { type GoMod, readGoMod } from './go-mod.ts'
import { type GoWork, goWorkAbove, replacedIn } from './go-work.ts'

/** How a module is built: with which others, and from where. */
export interface GoPlace {
  /** The folder that holds all of it. The module's own, where that does. */
  root: string
  /** Null: it is built with no other. */
  workspace: GoWorkspace | null
  /** Whether there is a go.work that names others alone. */
  ignoresGoWork: boolean
  /** Every module that there is beside it in the workspace, by its path. */
  beside: Map<string, string>
  /** What the workspace says of the version of Go. */
  version: Concluded<string> | null
  hasVendor: boolean
  /** Sums of everything that is built with it, of the project. */
  lockfiles: string[]
}

/** Where a module stands: named by a go.work, or with modules that its `replace` lines take from other folders, or alone. */
export function placeOfModule(survey: Survey, folder: string, mod: GoMod | null): GoPlace {
  const hasVendor = survey.isFile(posix.join(folder, 'vendor/modules.txt'))
  const alone: GoPlace = {
    ...{ root: folder, workspace: null, ignoresGoWork: false, beside: new Map(), version: null, hasVendor },
    lockfiles: sumsOf(survey, [folder]),
  }
  if (mod === null) return alone
  const work = goWorkAbove(survey, folder)
  if (work?.uses.includes(folder)) return inWork(survey, work)
  if (work !== null) {
    const file = posix.join(work.folder, 'go.work')
    survey.note(`${file} does not use ${folder}: it is built without that, as with GOWORK=off`)
  }
  const ignoresGoWork = work !== null
  // What is vendored has the others' code in it already.
  const replaced = hasVendor ? [] : replacedIn(survey, mod)
  if (replaced.length === 0) return { ...alone, ignoresGoWork }
  const modules = [...new Set([folder, ...replaced])]
  const root = commonFolder(modules)
  return {
    ...alone,
    ...{ root, ignoresGoWork },
    workspace: { goWork: null, modules: modulesOf(survey, root, modules) },
    beside: pathsOf(survey, modules),
    lockfiles: sumsOf(survey, modules),
  }
}

function inWork(survey: Survey, { folder, modules, version, hasSum, hasVendor }: GoWork): GoPlace {
  const root = commonFolder([folder, ...modules])
  const goWork = { folder: posix.relative(root, folder) || '.', hasSum }
  return {
    ...{ root, version, hasVendor, ignoresGoWork: false },
    workspace: { goWork, modules: modulesOf(survey, root, modules) },
    beside: pathsOf(survey, modules),
    lockfiles: [...(hasSum ? [posix.join(folder, 'go.work.sum')] : []), ...sumsOf(survey, modules)],
  }
}

function modulesOf(survey: Survey, root: string, modules: string[]): GoWorkspace['modules'] {
  return modules.toSorted().map((module) => ({
    folder: posix.relative(root, module) || '.',
    hasGoSum: survey.isFile(posix.join(module, 'go.sum')),
  }))
}

function pathsOf(survey: Survey, modules: string[]): Map<string, string> {
  const paths = new Map<string, string>()
  for (const folder of modules) {
    const path = readGoMod(survey, posix.join(folder, 'go.mod'))?.module ?? null
    if (path !== null) paths.set(path, folder)
  }
  return paths
}

function sumsOf(survey: Survey, modules: string[]): string[] {
  return modules.map((one) => posix.join(one, 'go.sum')).filter((file) => survey.isFile(file))
}

function commonFolder(folders: string[]): string {
  const [first = [], ...others] = folders.map((folder) => (folder === '.' ? [] : folder.split('/')))
  const end = first.findIndex((part, at) => others.some((parts) => parts[at] !== part))
  return (end === -1 ? first : first.slice(0, end)).join('/') || '.'
}
