import type { Dirent, Stats } from 'node:fs'
import { lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { SluiceError } from '../../errors.ts'
import { IgnoreRules } from './ignore-rules.ts'
import { unreadable } from './unreadable.ts'

/** One thing that belongs to an app; `path` is relative, with `/`. */
export type Entry =
  | { kind: 'folder'; path: string; mode: number }
  | { kind: 'file'; path: string; mode: number; bytes: number }
  | { kind: 'link'; path: string; target: string }

export interface WalkLimits {
  files: number
  bytes: number
}

/**
 * Everything in a folder that is part of the app: not `.git`, not what .gitignore or .sluiceignore leave out, not
 * `leaveOut` (absolute), no sockets, pipes and devices. Sorted by path, a folder before what is in it.
 * Throws SNAPSHOT_FAILED beyond the limits, for a link that leads out of the folder, and for what cannot be read.
 */
export async function walkFolder(root: string, leaveOut: string[], limits: WalkLimits): Promise<Entry[]> {
  const walk = new Walk(root, new Set(leaveOut), limits)
  await walk.enter(root, await IgnoreRules.around(root))
  return walk.entries.sort((a, b) => (a.path < b.path ? -1 : 1))
}

class Walk {
  readonly entries: Entry[] = []
  readonly #root: string
  readonly #leaveOut: Set<string>
  readonly #limits: WalkLimits
  #files = 0
  #bytes = 0

  constructor(root: string, leaveOut: Set<string>, limits: WalkLimits) {
    this.#root = root
    this.#leaveOut = leaveOut
    this.#limits = limits
  }

  async enter(folder: string, outer: IgnoreRules): Promise<void> {
    const rules = await outer.within(folder)
    for (const found of await readFolder(folder)) {
      const path = join(folder, found.name)
      if (found.name === '.git' || this.#leaveOut.has(path)) continue
      if (rules.isIgnored(path, found.isDirectory())) continue
      await this.#take(path, found, rules)
    }
  }

  async #take(absolute: string, found: Dirent, rules: IgnoreRules): Promise<void> {
    const path = relative(this.#root, absolute).split(sep).join('/')
    if (found.isDirectory()) {
      this.entries.push({ kind: 'folder', path, mode: (await statOf(absolute)).mode & 0o777 })
      await this.enter(absolute, rules)
    } else if (found.isSymbolicLink()) {
      this.entries.push({ kind: 'link', path, target: await targetInside(this.#root, absolute) })
      this.#count(0)
    } else if (found.isFile()) {
      const { mode, size } = await statOf(absolute)
      this.entries.push({ kind: 'file', path, mode: mode & 0o777, bytes: size })
      this.#count(size)
    }
  }

  #count(bytes: number): void {
    this.#files++
    this.#bytes += bytes
    if (this.#files > this.#limits.files || this.#bytes > this.#limits.bytes) {
      throw tooMuch(this.#root, this.entries, this.#limits)
    }
  }
}

function readFolder(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((error) => {
    throw unreadable(folder, error)
  })
}

function statOf(path: string): Promise<Stats> {
  return lstat(path).catch((error) => {
    throw unreadable(path, error)
  })
}

/** Where a link leads, as it is to be written into a copy: relative, and never out of the folder. */
async function targetInside(root: string, link: string): Promise<string> {
  const target = await readlink(link).catch((error) => {
    throw unreadable(link, error)
  })
  const named = resolve(dirname(link), target)
  // Both: a path may look as if it stayed inside and leave through another link, and a dangling one has only its looks.
  const [realRoot, real] = await Promise.all([realpath(root), realpath(link).catch(() => null)])
  if (!isWithin(root, named) || (real !== null && !isWithin(realRoot, real))) {
    throw new SluiceError('SNAPSHOT_FAILED', `the link ${link} leads out of the folder, to ${target}`, {
      todo: 'A release must not change when something outside it does: copy what is needed into the folder, or add the link to .sluiceignore.',
    })
  }
  return isAbsolute(target) ? relative(dirname(link), named) || '.' : target
}

/** True for the folder itself and everything below it. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function tooMuch(root: string, entries: Entry[], limits: WalkLimits): SluiceError {
  const allowed = `${limits.files.toLocaleString('en')} files and ${mebibytes(limits.bytes)}`
  const biggest = biggestParts(entries)
  return new SluiceError(
    'SNAPSHOT_FAILED',
    `${root} holds more than ${allowed}, the most that a release may have`,
    {
      todo: `Leave out what the app does not need: echo '/${biggest[0]!.name}' >> .sluiceignore`,
      details: biggest.map(
        ({ name, files, bytes }) =>
          `${name}: ${files.toLocaleString('en')} files, ${mebibytes(bytes)} so far`,
      ),
    },
  )
}

/** By the first part of the path, the three with the most bytes, or files where those say more. */
function biggestParts(entries: Entry[]): { name: string; files: number; bytes: number }[] {
  const parts = new Map<string, { name: string; files: number; bytes: number }>()
  for (const entry of entries) {
    if (entry.kind === 'folder') continue
    const [first, ...deeper] = entry.path.split('/')
    const name = deeper.length > 0 ? `${first}/` : first!
    const part = parts.get(name) ?? { name, files: 0, bytes: 0 }
    parts.set(name, part)
    part.files++
    part.bytes += entry.kind === 'file' ? entry.bytes : 0
  }
  // A file weighs as much as 20 KiB here: the two limits divided.
  const weight = ({ files, bytes }: { files: number; bytes: number }) => files * 20_480 + bytes
  return [...parts.values()].sort((a, b) => weight(b) - weight(a)).slice(0, 3)
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toLocaleString('en', { maximumFractionDigits: 1 })} MiB`
}
