import { posix } from 'node:path'
import type { Evidence } from '../facts.ts'
import { placeOf, short } from '../place.ts'
import type { Survey } from '../survey.ts'
import { parsedToml, record } from '../tool-versions.ts'
import { normalized, parseRequirement } from './requirement.ts'

/** What an app depends on: by the normalised name its extras, and where it is said. */
export type Dependencies = Map<string, { extras: string[]; from: Evidence }>

/** A manifest of Python as an object; null where there is none, or none that can be read. */
export interface Toml {
  file: string
  text: string
  fields: Record<string, unknown>
}

/** Reads a TOML file of the app. */
export function readToml(survey: Survey, folder: string, name: string): Toml | null {
  const file = posix.join(folder, name)
  const text = survey.read(file)
  const fields = text === null ? null : parsedToml(survey, file, text)
  return text === null || fields === null ? null : { file, text, fields }
}

/** The files pip is given, by what people call them: what is for production first. */
const requirementsNames = [
  ...['requirements.txt', 'requirements/production.txt', 'requirements/prod.txt', 'requirements-prod.txt'],
  ...[
    'requirements-production.txt',
    'requirements/base.txt',
    'requirements/requirements.txt',
    'requirements.in',
  ],
]

/** The file for pip, relative to the app's folder. */
export function requirementsFile(survey: Survey, folder: string): string | null {
  return requirementsNames.find((name) => survey.isFile(posix.join(folder, name))) ?? null
}

/** Everything that is needed in production, of whatever manager. */
export function readDependencies(
  survey: Survey,
  folder: string,
  pyproject: Toml | null,
  pipfile: Toml | null,
): Dependencies {
  const found: Dependencies = new Map()
  const requirements = requirementsFile(survey, folder)
  if (requirements !== null) addRequirements(survey, found, posix.join(folder, requirements), new Set())
  if (pyproject !== null) {
    const { project, tool } = pyproject.fields
    for (const one of [record(project).dependencies].flat())
      if (typeof one === 'string') add(found, pyproject, one)
    addTable(found, pyproject, record(record(tool).poetry).dependencies)
  }
  if (pipfile !== null) addTable(found, pipfile, pipfile.fields.packages)
  addSetup(survey, found, folder)
  return found
}

// Files include others; one that includes itself is read once.
function addRequirements(survey: Survey, found: Dependencies, file: string, seen: Set<string>): void {
  if (seen.has(file) || seen.size > 50) return
  seen.add(file)
  const text = survey.read(file)
  if (text === null) {
    survey.note(`${file} is included and could not be read`)
    return
  }
  const lines = text.replaceAll(/\\\r?\n/g, (joined) => ' '.repeat(joined.length)).split(/\r?\n/)
  const lineNumbers = physicalLines(text)
  for (const [index, line] of lines.entries()) {
    const included = /^\s*(?:-r|--requirement)(?:\s+|=)(\S+)/.exec(line)?.[1]
    if (included !== undefined) {
      addRequirements(survey, found, posix.join(posix.dirname(file), included), seen)
      continue
    }
    const editable = /^\s*(?:-e|--editable)(?:\s+|=)(.*)/.exec(line)?.[1]
    if (editable === undefined && /^\s*-/.test(line)) continue
    const one = parseRequirement(editable ?? line)
    if (one === null || found.has(one.name)) continue
    found.set(one.name, {
      extras: one.extras,
      from: { file, line: lineNumbers[index] ?? index + 1, says: `it requires ${short(one.name)}` },
    })
  }
}

// A line that goes on in the next one counts as two.
function physicalLines(text: string): number[] {
  const numbers: number[] = []
  let goesOn = false
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (!goesOn) numbers.push(index + 1)
    goesOn = line.endsWith('\\')
  }
  return numbers
}

function add(found: Dependencies, toml: Toml, requirement: string): void {
  const one = parseRequirement(requirement)
  if (one === null || found.has(one.name)) return
  found.set(one.name, {
    extras: one.extras,
    from: inToml(toml, requirement, `it requires ${short(one.name)}`),
  })
}

// Poetry and Pipenv: `django = "^5.2"`, `uvicorn = { extras = ["standard"], version = "*" }`.
function addTable(found: Dependencies, toml: Toml, table: unknown): void {
  for (const [written, value] of Object.entries(record(table))) {
    const name = normalized(written)
    if (name === 'python' || found.has(name) || record(value).optional === true) continue
    const extras = [record(value).extras].flat().filter((one) => typeof one === 'string')
    found.set(name, { extras: extras as string[], from: inToml(toml, written, `it requires ${short(name)}`) })
  }
}

function inToml({ file, text }: Toml, pattern: string, says: string): Evidence {
  return placeOf(file, text, [/dependencies\b|\[packages\]/, pattern], says)
}

// Only a list that is written out; a setup.py is a program, and is not run.
function addSetup(survey: Survey, found: Dependencies, folder: string): void {
  const setupPy = posix.join(folder, 'setup.py')
  const list = /install_requires\s*=\s*\[([^\]]*)\]/.exec(survey.read(setupPy) ?? '')?.[1]
  const setupCfg = posix.join(folder, 'setup.cfg')
  const lines = /^install_requires\s*=((?:\n?[ \t]+.*|.*)(?:\n[ \t]+.*)*)/m.exec(
    survey.read(setupCfg) ?? '',
  )?.[1]
  const written = [
    ...[...(list ?? '').matchAll(/(["'])(.*?)\1/g)].map(([, , one]) => ({ file: setupPy, one: one! })),
    ...(lines ?? '').split('\n').map((one) => ({ file: setupCfg, one })),
  ]
  for (const { file, one } of written) {
    const parsed = parseRequirement(one)
    if (parsed === null || found.has(parsed.name)) continue
    const from = placeOf(
      file,
      survey.read(file) ?? '',
      ['install_requires', one.trim()],
      `it requires ${short(parsed.name)}`,
    )
    found.set(parsed.name, { extras: parsed.extras, from })
  }
}
