import { posix } from 'node:path'
import type { Concluded, Evidence } from '../facts.ts'
import { short } from '../place.ts'
import type { Survey } from '../survey.ts'
import type { GoFile } from './go-file.ts'
import { baseOf } from './go-mod.ts'

/** What is built of a module. */
export interface MainPackage {
  /** Null where it is asked, and where there is none. */
  chosen: Concluded<string> | null
  isAsked: boolean
}

/** Chooses among a module's programs only where a name tells which is the app; otherwise asks. */
export function mainPackage(
  survey: Survey,
  folder: string,
  module: string | null,
  files: GoFile[],
): MainPackage {
  const programs = programsOf(folder, files)
  const only = programs.get('.') !== undefined ? '.' : programs.size === 1 ? [...programs.keys()][0]! : null
  if (only !== null) return { chosen: { value: only, from: programs.get(only)! }, isAsked: false }
  if (programs.size === 0) return { chosen: null, isAsked: false }

  const commands = [...programs.keys()].filter((one) => /^\.\/cmd\/[^/]+$/.test(one))
  const candidates = commands.length > 0 ? commands : [...programs.keys()]
  const named = candidates.filter((one) => posix.basename(one) === baseOf(module))
  const usual = candidates.filter((one) => ['server', 'api', 'app'].includes(posix.basename(one)))
  const chosen = [candidates, named, usual].find((some) => some.length === 1)?.[0]
  if (chosen !== undefined) {
    const others = [...programs.keys()].filter((one) => one !== chosen).join(', ')
    survey.note(`${folder}: ${chosen} is taken for the app; other programs are ${short(others)}`)
    return { chosen: { value: chosen, from: programs.get(chosen)! }, isAsked: false }
  }
  const where = folder === '.' ? 'the module' : folder
  survey.questions.push({
    folder,
    about: 'package',
    message: `${where} has several programs: ${candidates.join(', ')}. Which one is the app?`,
    choices: candidates.map((value) => ({ value, because: programs.get(value)! })),
    whyNoDefault: 'no name among them tells which one serves, and another one would be deployed in its place',
  })
  return { chosen: null, isAsked: true }
}

/** Folders that hold a program, as `go build` wants them. */
function programsOf(folder: string, files: GoFile[]): Map<string, Evidence> {
  const found = new Map<string, Evidence>()
  for (const { path, package: name, mainLine, isLeftOut } of files) {
    if (name !== 'main' || mainLine === null || isLeftOut) continue
    const inside = posix.relative(folder, posix.dirname(path))
    const key = inside === '' ? '.' : `./${inside}`
    if (!found.has(key))
      found.set(key, { file: path, line: mainLine, says: 'it is package main with func main' })
  }
  // Tools for the developers, unless they are all there is.
  const apps = [...found].filter(
    ([key]) => !/\/(?:tools?|scripts?|hack|gen|internal|migrate|migrations)(?:\/|$)/.test(key),
  )
  return apps.length > 0 ? new Map(apps) : found
}
