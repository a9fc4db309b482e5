import { posix } from 'node:path'
import { nearestHolding } from '../holds.ts'
import { ownFiles } from '../own-files.ts'
import type { Survey } from '../survey.ts'
import { type GoFile, readGoFile } from './go-file.ts'

/** The code of a module: neither that of other apps in its folder, nor of modules that begin below it. */
export async function moduleFiles(survey: Survey, folder: string, others: string[] = []): Promise<GoFile[]> {
  const files: GoFile[] = []
  for (const path of ownFiles(survey, folder, /\.go$/, others)) {
    if (!isOfModule(survey, folder, posix.dirname(path))) continue
    const file = await readGoFile(survey, path)
    if (file !== null && !file.isLeftOut) files.push(file)
  }
  return files
}

/** A program's own files, then those of the packages that it imports, of the modules given by path and folder. */
export async function programFiles(
  program: string,
  modules: ReadonlyMap<string, string>,
  filesIn: (module: string) => Promise<GoFile[]>,
): Promise<GoFile[]> {
  const open = [{ folder: program, module: nearestHolding(program, modules.values()) ?? program }]
  const seen = new Set([program])
  const found: GoFile[] = []
  for (const { folder, module } of open) {
    const files = (await filesIn(module)).filter(({ path }) => posix.dirname(path) === folder)
    found.push(...files)
    for (const { path } of files.flatMap(({ imports }) => imports)) {
      const home = nearestHolding(path, modules.keys())
      if (home === null) continue
      const module = modules.get(home)!
      const at = posix.join(module, path.slice(home.length))
      if (!seen.has(at)) open.push({ folder: at, module })
      seen.add(at)
    }
  }
  return found
}

function isOfModule(survey: Survey, module: string, folder: string): boolean {
  for (let at = folder; at !== module && at !== '.'; at = posix.dirname(at))
    if (survey.isFile(posix.join(at, 'go.mod'))) return false
  return true
}
