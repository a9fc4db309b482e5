import { posix } from 'node:path'
import { appName } from '../app-name.ts'
import type { Concluded, Evidence, GoFacts } from '../facts.ts'
import { healthOf } from '../health.ts'
import { ownFiles } from '../own-files.ts'
import { servicesOf } from '../services.ts'
import type { Survey } from '../survey.ts'
import { type GoFile, readGoFile } from './go-file.ts'
import { baseOf, type GoMod, readGoMod } from './go-mod.ts'
import { listeningOf } from './listening.ts'
import { mainPackage } from './main-package.ts'

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

/** What is known of a module; null where a folder holds none, or only a library. */
export async function goFacts(survey: Survey, folder: string, others: string[]): Promise<GoFacts | null> {
  const mod = readGoMod(survey, posix.join(folder, 'go.mod'))
  if (mod === null && !survey.isFile(posix.join(folder, 'main.go'))) return null
  const files: GoFile[] = []
  for (const path of ownFiles(survey, folder, /\.go$/, others)) {
    const file = await readGoFile(survey, path)
    if (file !== null) files.push(file)
  }
  const { chosen, isAsked } = mainPackage(survey, folder, mod?.module ?? null, files)
  if (chosen === null && !isAsked) {
    survey.note(`${folder === '.' ? 'the module' : folder} has no package main: it is a library`)
    return null
  }
  const name = appName(baseOf(mod?.module ?? null), posix.basename(posix.join(survey.root, folder)))
  const built = filesOf(folder, chosen?.value ?? '.', files)
  return {
    stack: 'go',
    name,
    folder,
    because: mod === null ? chosen!.from : { file: mod.file, line: 1, says: 'there is a go.mod' },
    framework: frameworkOf(mod, built),
    version: versionOf(survey, mod),
    ...listeningOf(built),
    start: chosen === null ? null : { value: [`./${name}`], from: chosen.from },
    health: await healthOf(survey, folder, /\.go$/, others),
    services: servicesOf('go', mod?.requires.keys() ?? [], (module) => mod!.requires.get(module)!),
    outputFolder: null,
    lockfiles: survey.isFile(posix.join(folder, 'go.sum')) ? ['go.sum'] : [],
    module: mod?.module ?? null,
    package: chosen,
    usesCgo: usesCgo(mod, files),
    hasGoSum: survey.isFile(posix.join(folder, 'go.sum')),
    hasVendor: survey.isFile(posix.join(folder, 'vendor/modules.txt')),
  }
}

// The program's own files first, then what it may be made of; never another program.
function filesOf(folder: string, program: string, files: GoFile[]): GoFile[] {
  const own = posix.join(folder, program)
  const inProgram = files.filter(({ path }) => posix.dirname(path) === own)
  const shared = files.filter((file) => !inProgram.includes(file) && file.package !== 'main')
  return [...inProgram, ...shared].filter(({ isLeftOut }) => !isLeftOut)
}

function frameworkOf(mod: GoMod | null, files: GoFile[]): Concluded<string> | null {
  for (const [module, value] of Object.entries(frameworks)) {
    const required = [...(mod?.requires ?? [])].find(([path]) => isOf(path, module))
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
function versionOf(survey: Survey, mod: GoMod | null): Concluded<string> | null {
  const work = readGoMod(survey, 'go.work')
  const known = [mod?.version, work?.version].filter((one): one is { value: string; from: Evidence } => !!one)
  return known.toSorted((a, b) => Number(b.value.slice(2)) - Number(a.value.slice(2)))[0] ?? null
}

function usesCgo(mod: GoMod | null, files: GoFile[]): boolean {
  const isC = (path: string) => path === 'C' || cgoModules.some((module) => isOf(path, module))
  return (
    [...(mod?.requires.keys() ?? [])].some(isC) ||
    files.some((file) => file.imports.some(({ path }) => isC(path)))
  )
}

function isOf(path: string, module: string): boolean {
  return path === module || path.startsWith(`${module}/`)
}
