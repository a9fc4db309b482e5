import { posix } from 'node:path'
import type { Concluded, Evidence } from '../facts.ts'
import { short } from '../place.ts'
import type { Survey } from '../survey.ts'
import type { GoFile } from './go-file.ts'
import { baseOf } from './go-mod.ts'

/** What is built of a module. */
export interface MainPackages {
  /** Several where each of them is a server; none where it is asked, and where there is none. */
  chosen: Concluded<string>[]
  isAsked: boolean
}

/** Chooses among a module's programs only where a name, or listening, tells which are the apps; otherwise asks. */
export async function mainPackages(
  survey: Survey,
  folder: string,
  module: string | null,
  files: GoFile[],
  listens: (program: string) => Promise<boolean>,
): Promise<MainPackages> {
  const programs = programsOf(folder, files)
  const from = (program: string) => ({ value: program, from: programs.get(program)! })
  const only = programs.get('.') !== undefined ? '.' : programs.size === 1 ? [...programs.keys()][0]! : null
  if (only !== null) return { chosen: [from(only)], isAsked: false }
  if (programs.size === 0) return { chosen: [], isAsked: false }

  const commands = [...programs.keys()].filter((one) => /^\.\/cmd\/[^/]+$/.test(one))
  const candidates = commands.length > 0 ? commands : [...programs.keys()]
  const servers: string[] = []
  for (const one of candidates.length > 1 ? candidates : []) if (await listens(one)) servers.push(one)
  const named = candidates.filter((one) => posix.basename(one) === baseOf(module))
  const usual = candidates.filter((one) => ['server', 'api', 'app'].includes(posix.basename(one)))
  const one = [candidates, named, usual, servers].find((some) => some.length === 1)
  const chosen = servers.length > 1 ? servers : (one ?? [])
  if (chosen.length > 0) {
    const others = [...programs.keys()].filter((one) => !chosen.includes(one)).join(', ')
    const taken =
      chosen.length === 1
        ? `${chosen[0]} is taken for the app`
        : `${chosen.join(', ')} are apps, as each listens`
    survey.note(`${folder}: ${taken}${others === '' ? '' : `; other programs are ${short(others)}`}`)
    return { chosen: chosen.map(from), isAsked: false }
  }
  const where = folder === '.' ? 'the module' : folder
  survey.questions.push({
    folder,
    about: 'package',
    message: `${where} has several programs: ${candidates.join(', ')}. Which one is the app?`,
    choices: candidates.map((value) => ({ value, because: programs.get(value)! })),
    whyNoDefault: 'no name among them tells which one serves, and another one would be deployed in its place',
  })
  return { chosen: [], isAsked: true }
}

/** Folders that hold a program, as `go build` wants them. */
function programsOf(folder: string, files: GoFile[]): Map<string, Evidence> {
  const found = new Map<string, Evidence>()
  for (const { path, package: name, mainLine } of files) {
    if (name !== 'main' || mainLine === null) continue
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
