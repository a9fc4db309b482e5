import { posix } from 'node:path'
import { appName } from '../app-name.ts'
import { elsewhere } from '../elsewhere.ts'
import type { Concluded, GoFacts } from '../facts.ts'
import { healthIn } from '../health.ts'
import { nearestHolding } from '../holds.ts'
import { servicesOf } from '../services.ts'
import type { Survey } from '../survey.ts'
import { type GoFile, readGoFile } from './go-file.ts'
import { baseOf, type GoMod, readGoMod } from './go-mod.ts'
import { type GoPlace, placeOfModule } from './go-workspace.ts'
import { isServer, listeningOf } from './listening.ts'
import { mainPackages } from './main-package.ts'
import { moduleFiles, programFiles } from './program-files.ts'

/** Drivers of SQLite that are C inside. `modernc.org/sqlite` is not among them. */
const cgoModules = [
  'github.com/mattn/go-sqlite3',
  'gorm.io/driver/sqlite',
  'github.com/mutecomm/go-sqlcipher',
  'github.com/marcboeker/go-duckdb',
]

const frameworks: Record<string, string> = {
  'github.com/gin-gonic/gin': 'gin',
  'github.com/labstack/echo': 'echo',
  'github.com/go-chi/chi': 'chi',
  'github.com/gofiber/fiber': 'fiber',
  'github.com/gorilla/mux': 'gorilla',
  'net/http': 'net-http',
}

/** The apps of a folder: of a module its program, or its servers. None where a folder holds no Go, or only a library. */
export async function goApps(survey: Survey, folder: string, others: string[]): Promise<GoFacts[]> {
  const own = readGoMod(survey, posix.join(folder, 'go.mod'))
  if (own !== null) return await appsOfModule(survey, { folder, mod: own }, others)
  const main = await readGoFile(survey, posix.join(folder, 'main.go'))
  if (main === null) return []
  const from = { file: main.path, line: main.mainLine ?? 1, says: 'it is package main with func main' }
  const module = moduleAbove(survey, folder)
  if (module === null) return await appsOfModule(survey, { folder, mod: null }, others)
  if (main.package !== 'main' || main.mainLine === null) return []
  const look = lookInto(survey, module)
  return [await factsOf(look, { folder, program: { value: '.', from }, isOneOfSeveral: true })]
}

interface Module {
  folder: string
  mod: GoMod | null
}

/** A module, and what it takes to read its programs. */
interface LookIntoModule extends Module {
  survey: Survey
  place: GoPlace
  /** By their path, those that it is built with, and itself. */
  modules: Map<string, string>
  /** Files of a program and of what it imports; of null all that programs may share. */
  filesOf: (program: string | null) => Promise<GoFile[]>
}

interface App {
  folder: string
  /** Seen from the folder; null where it is asked. */
  program: Concluded<string> | null
  /** Whether other programs of the module are other apps. */
  isOneOfSeveral: boolean
}

async function appsOfModule(survey: Survey, module: Module, others: string[]): Promise<GoFacts[]> {
  const { folder, mod } = module
  const look = lookInto(survey, module)
  const files = await moduleFiles(survey, folder, others)
  const listens = async (program: string) => isServer(await look.filesOf(posix.join(folder, program)))
  const { chosen, isAsked } = await mainPackages(survey, folder, mod?.module ?? null, files, listens)
  if (chosen.length === 0 && !isAsked) {
    // Its programs may be the apps of folders below.
    if (others.length === 0)
      survey.note(`${folder === '.' ? 'the module' : folder} has no package main: it is a library`)
    return []
  }
  if (chosen.length < 2)
    return [await factsOf(look, { folder, program: chosen[0] ?? null, isOneOfSeveral: false })]
  const programs = chosen.map(({ value, from }) => ({
    folder: posix.join(folder, value),
    program: { value: '.', from },
    isOneOfSeveral: true,
  }))
  return await Promise.all(programs.map((one) => factsOf(look, one)))
}

function moduleAbove(survey: Survey, folder: string): Module | null {
  for (let at = folder; at !== '.'; ) {
    at = posix.dirname(at)
    const mod = readGoMod(survey, posix.join(at, 'go.mod'))
    if (mod !== null) return { folder: at, mod }
  }
  return null
}

function lookInto(survey: Survey, { folder, mod }: Module): LookIntoModule {
  const place = placeOfModule(survey, folder, mod)
  const modules = new Map([...place.beside, ...(mod?.module == null ? [] : [[mod.module, folder] as const])])
  const filesIn = (module: string) =>
    survey.once(`code of the module in ${module}`, () => moduleFiles(survey, module))
  return {
    ...{ survey, folder, mod, place, modules },
    filesOf: async (program) =>
      program === null
        ? (await filesIn(folder)).filter((file) => file.package !== 'main')
        : programFiles(program, modules, filesIn),
  }
}

async function factsOf(look: LookIntoModule, app: App): Promise<GoFacts> {
  const { survey, mod, place } = look
  const { folder, program } = app
  const files = await look.filesOf(program === null ? null : posix.join(folder, program.value))
  const requires = requiresOf(look, files)
  const path = app.isOneOfSeveral ? null : baseOf(mod?.module ?? null)
  const name = appName(path, posix.basename(posix.join(survey.root, folder)))
  const isAbove = app.isOneOfSeveral || place.workspace !== null
  return {
    stack: 'go',
    name,
    folder,
    workspaceRoot: isAbove ? place.root : null,
    because:
      mod === null
        ? (program?.from ?? { file: posix.join(folder, 'main.go'), line: 1, says: 'there is a main.go' })
        : { file: mod.file, line: 1, says: 'there is a go.mod' },
    framework: frameworkOf(requires, files),
    version: newest(mod?.version ?? null, place.version),
    ...listeningOf(files),
    start: program === null ? null : { value: [`./${name}`], from: program.from },
    health: await healthIn(
      survey,
      files.map(({ path }) => path),
    ),
    services: servicesOf('go', requires.keys(), (module) => requires.get(module)!),
    outputFolder: null,
    lockfiles: place.lockfiles.map((file) => posix.relative(folder, file)),
    codeElsewhere: elsewhere(
      folder,
      files.map(({ path }) => path),
    ),
    module: mod?.module ?? null,
    package: program,
    usesCgo: usesCgo(requires, files),
    hasGoSum: survey.isFile(posix.join(look.folder, 'go.sum')),
    hasVendor: place.hasVendor,
    ignoresGoWork: place.ignoresGoWork,
    workspace: isAbove ? (place.workspace ?? aloneIn(look)) : null,
  }
}

// A module of several apps: each lies below it, and is built from it.
function aloneIn({ survey, folder }: LookIntoModule): GoFacts['workspace'] {
  const hasGoSum = survey.isFile(posix.join(folder, 'go.sum'))
  return { goWork: null, modules: [{ folder: '.', hasGoSum }] }
}

/** What its module depends on, and those beside it that any of its files is of. */
function requiresOf({ survey, mod, folder, modules }: LookIntoModule, files: GoFile[]): GoMod['requires'] {
  const homes = new Set(files.map(({ path }) => nearestHolding(path, modules.values())))
  const beside = [...homes].filter((home) => home !== null && home !== folder)
  const mods = beside.map((home) => readGoMod(survey, posix.join(home!, 'go.mod')))
  return new Map([mod, ...mods].flatMap((one) => [...(one?.requires ?? [])]))
}

function frameworkOf(requires: GoMod['requires'], files: GoFile[]): Concluded<string> | null {
  for (const [module, value] of Object.entries(frameworks)) {
    const required = [...requires].find(([path]) => isOf(path, module))
    if (required !== undefined) return { value, from: required[1] }
    for (const { path: file, imports } of files) {
      const found = imports.find(({ path }) => isOf(path, module))
      if (found !== undefined)
        return { value, from: { file, line: found.line, says: `it imports ${found.path}` } }
    }
  }
  return null
}

// The workspace may name a newer one than its modules do.
function newest(...versions: (Concluded<string> | null)[]): Concluded<string> | null {
  const known = versions.filter((one) => one !== null)
  return known.toSorted((a, b) => Number(b.value.slice(2)) - Number(a.value.slice(2)))[0] ?? null
}

function usesCgo(requires: GoMod['requires'], files: GoFile[]): boolean {
  const isC = (path: string) => path === 'C' || cgoModules.some((module) => isOf(path, module))
  return [...requires.keys()].some(isC) || files.some((file) => file.imports.some(({ path }) => isC(path)))
}

function isOf(path: string, module: string): boolean {
  return path === module || path.startsWith(`${module}/`)
}
