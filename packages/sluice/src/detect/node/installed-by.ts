import { posix } from 'node:path'
import { minVersion, valid, validRange } from 'semver'
import type { Concluded, Evidence, NodeFacts, NodeManager } from '../facts.ts'
import { short } from '../place.ts'
import type { Survey } from '../survey.ts'
import { record } from '../tool-versions.ts'
import { inManifest, type Manifest, strings } from './manifest.ts'

type Found = Pick<NodeFacts, 'packageManager' | 'packageManagerVersion'>

interface Lockfile {
  file: string
  manager: NodeManager
}

/** Files that a manager writes, and so whose folder it rules. */
const lockfileNames: Record<string, NodeManager> = {
  'pnpm-lock.yaml': 'pnpm',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
  'yarn.lock': 'yarn-classic',
  'package-lock.json': 'npm',
  'npm-shrinkwrap.json': 'npm',
}

/** The lockfiles of a folder, by who wrote them. */
export function lockfilesIn(survey: Survey, folder: string): Lockfile[] {
  return Object.entries(lockfileNames)
    .map(([name, manager]) => ({ file: posix.join(folder, name), manager }))
    .filter(({ file }) => survey.isFile(file))
    .map((one) =>
      one.manager === 'yarn-classic' && isBerry(survey, one.file) ? { ...one, manager: 'yarn-berry' } : one,
    )
}

/**
 * What installs an app: what a manifest states, else whose lockfile there is, else what engines asks for, else npm.
 * Lockfiles of two managers, and no statement, are asked about.
 */
export function packageManager(survey: Survey, app: string, ruling: string, manifests: Manifest[]): Found {
  const locks = lockfilesIn(survey, ruling)
  const stated = manifests.map((manifest) => statedIn(survey, manifest, ruling)).find((one) => one !== null)
  if (stated) {
    noteContradiction(survey, stated, locks)
    return stated
  }
  const managers = [...new Map(locks.toReversed().map((lock) => [lock.manager, lock])).values()].toReversed()
  if (managers.length > 1) ask(survey, app, managers)
  if (managers[0]) return fromLock(survey, managers[0], manifests)
  return fromEngines(survey, manifests, ruling) ?? byDefault(manifests[0]!)
}

function statedIn(survey: Survey, manifest: Manifest, ruling: string): Found | null {
  const { packageManager: field, devEngines } = manifest.fields
  if (typeof field === 'string') {
    // `pnpm@9.1.0+sha512.abc`; the hash is for corepack.
    const [, name = '', version = ''] = /^([a-z]+)(?:@([^+]*))?/.exec(field.trim()) ?? []
    const from = inManifest(manifest, ['packageManager'], `packageManager is ${short(field.split('+')[0]!)}`)
    const found = named(survey, name, version, ruling, from)
    if (found !== null) return found
    survey.note(`packageManager in ${manifest.file} is ${short(field)}; known are npm, pnpm, yarn and bun`)
  }
  for (const one of [record(devEngines).packageManager].flat().map(record)) {
    if (typeof one.name !== 'string') continue
    const version = typeof one.version === 'string' ? one.version : ''
    const says = `devEngines.packageManager is ${short(`${one.name} ${version}`)}`
    const from = inManifest(manifest, ['devEngines', 'packageManager'], says)
    const found = named(survey, one.name, version, ruling, from)
    if (found !== null) return found
  }
  return null
}

function named(survey: Survey, name: string, written: string, ruling: string, from: Evidence): Found | null {
  const version = plainVersion(written)
  const packageManagerVersion = version === null ? null : { value: version, from }
  if (name === 'npm' || name === 'pnpm' || name === 'bun') {
    return { packageManager: { value: name, from }, packageManagerVersion }
  }
  if (name !== 'yarn') return null
  const isClassic =
    version === null ? !isBerry(survey, posix.join(ruling, 'yarn.lock')) : version.split('.')[0] === '1'
  return { packageManager: { value: isClassic ? 'yarn-classic' : 'yarn-berry', from }, packageManagerVersion }
}

// A whole version as it is; of a range only the major can be said.
function plainVersion(written: string): string | null {
  const text = written.trim()
  if (text === '' || text === '*' || text.length > 100) return null
  if (valid(text) !== null) return valid(text)
  const range = validRange(text)
  const major = range === null ? undefined : minVersion(range)?.major
  return major === undefined || major === 0 ? null : String(major)
}

function noteContradiction(survey: Survey, { packageManager: stated }: Found, locks: Lockfile[]): void {
  if (locks.length === 0 || locks.some(({ manager }) => manager === stated.value)) return
  const found = locks.map(({ file }) => file).join(' and ')
  survey.note(
    `${stated.from.says}, but the lockfile is ${found}: ${stated.value} was followed, and has no lockfile`,
  )
}

function ask(survey: Survey, folder: string, locks: Lockfile[]): void {
  const files = locks.map(({ file }) => file).join(' and ')
  survey.questions.push({
    folder,
    about: 'packageManager',
    message: `${files} are lockfiles of different package managers. Which one is kept up to date?`,
    choices: locks.map(({ file, manager }) => ({ value: manager, because: saysManager(file, manager) })),
    whyNoDefault:
      'the wrong lockfile installs other versions than were tested. Delete the one that is not used, or set "packageManager" in package.json',
  })
}

function saysManager(file: string, manager: NodeManager): Evidence {
  return { file, line: 1, says: `it is a lockfile of ${manager}` }
}

function fromLock(survey: Survey, { file, manager }: Lockfile, manifests: Manifest[]): Found {
  const from = saysManager(file, manager)
  const field = manager.startsWith('yarn') ? 'yarn' : manager
  const engines =
    manifests.map((manifest) => enginesVersion(manifest, field)).find((one) => one !== null) ?? null
  const ofLock = manager === 'pnpm' ? pnpmMajor(survey, file) : null
  return { packageManager: { value: manager, from }, packageManagerVersion: engines ?? ofLock }
}

// 9.0 was written by pnpm 9, 10 and 11: the oldest of them is sure to read it.
function pnpmMajor(survey: Survey, file: string): Concluded<string> | null {
  const lines = survey.read(file)?.split('\n', 50) ?? []
  const index = lines.findIndex((line) => line.startsWith('lockfileVersion:'))
  const written = /[\d.]+/.exec(lines[index] ?? '')?.[0]
  const majors: Record<string, string> = { '5.3': '6', '5.4': '7', '6.0': '8', '6.1': '8', '9.0': '9' }
  const value = written === undefined ? undefined : majors[written]
  return value === undefined
    ? null
    : { value, from: { file, line: index + 1, says: `lockfileVersion is ${written}` } }
}

function fromEngines(survey: Survey, manifests: Manifest[], ruling: string): Found | null {
  for (const manifest of manifests) {
    const engines = strings(manifest.fields.engines)
    const name = ['pnpm', 'yarn', 'bun'].find(
      (one) => one in engines && !/please|not|use/i.test(engines[one]!),
    )
    if (name === undefined) continue
    const from = inManifest(manifest, ['engines', name], `engines.${name} is ${short(engines[name]!)}`)
    return named(survey, name, engines[name]!, ruling, from)
  }
  return null
}

function enginesVersion(manifest: Manifest, name: string): Concluded<string> | null {
  const written = strings(manifest.fields.engines)[name]
  const value = written === undefined ? null : plainVersion(written)
  if (value === null) return null
  return { value, from: inManifest(manifest, ['engines', name], `engines.${name} is ${short(written!)}`) }
}

function byDefault(manifest: Manifest): Found {
  const from = { file: manifest.file, says: 'nothing names another package manager' }
  return { packageManager: { value: 'npm', from }, packageManagerVersion: null }
}

function isBerry(survey: Survey, lockfile: string): boolean {
  if (survey.isFile(posix.join(posix.dirname(lockfile), '.yarnrc.yml'))) return true
  return survey.read(lockfile)?.slice(0, 2000).includes('__metadata:') ?? false
}
