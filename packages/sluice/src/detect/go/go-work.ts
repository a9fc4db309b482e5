import { posix } from 'node:path'
import type { Concluded } from '../facts.ts'
import { short } from '../place.ts'
import type { Survey } from '../survey.ts'
import { type GoMod, readGoMod } from './go-mod.ts'

/** A go.work that rules in a folder and below. */
export interface GoWork {
  folder: string
  version: Concluded<string> | null
  /** Folders of the modules that it uses, those that are there. */
  uses: string[]
  /** The same, and those that any of them takes from a folder: Go reads them all before it builds one. */
  modules: string[]
  hasSum: boolean
  hasVendor: boolean
}

/** The go.work of a folder, or the nearest above it, as Go looks for it; null where there is none. */
export function goWorkAbove(survey: Survey, folder: string): GoWork | null {
  for (let at = folder; ; at = posix.dirname(at)) {
    const work = readGoMod(survey, posix.join(at, 'go.work'))
    if (work !== null) return goWorkIn(survey, at, work)
    if (at === '.') return null
  }
}

function goWorkIn(survey: Survey, folder: string, work: GoMod): GoWork {
  const uses = work.uses.flatMap(
    ({ path, line }) => moduleAt(survey, folder, path, `${work.file}:${line} uses ${short(path)}`) ?? [],
  )
  const mods = [work, ...uses.map((one) => readGoMod(survey, posix.join(one, 'go.mod'))!)]
  const vendored = survey.read(posix.join(folder, 'vendor/modules.txt'))
  return {
    folder,
    version: work.version,
    uses: [...new Set(uses)],
    modules: [...new Set([...uses, ...mods.flatMap((mod) => replacedIn(survey, mod))])],
    hasSum: survey.isFile(posix.join(folder, 'go.work.sum')),
    // Of a module's own, which has no such line, Go takes nothing in a workspace.
    hasVendor: vendored?.startsWith('## workspace') ?? false,
  }
}

/** The folders that a go.mod or a go.work takes modules from. */
export function replacedIn(survey: Survey, { file, replaces }: GoMod): string[] {
  return replaces.flatMap(({ module, path, line }) => {
    const says = `${file}:${line} takes ${short(module)} from ${short(path)}`
    return moduleAt(survey, posix.dirname(file), path, says) ?? []
  })
}

function moduleAt(survey: Survey, base: string, path: string, says: string): string | null {
  const folder = posix.join(base, path).replace(/\/$/, '')
  if (path.startsWith('/') || folder === '..' || folder.startsWith('../')) {
    survey.note(`${says}, which is outside of the folder: what is copied to be built does not have it`)
    return null
  }
  if (survey.isFile(posix.join(folder, 'go.mod'))) return folder
  survey.note(`${says}, and there is no go.mod: Go builds nothing before it is there, or the line is gone`)
  return null
}
