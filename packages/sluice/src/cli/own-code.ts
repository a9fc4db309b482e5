import { createHash } from 'node:crypto'
import { constants, existsSync, readFileSync } from 'node:fs'
import { copyFile, cp, link, mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, extname, join, relative, sep } from 'node:path'

/** How an agent is started from its own copy of the code. */
export interface OwnCode {
  /** The Node that runs it; a copy too where the original lies in a node_modules folder. */
  node: string
  /** The copy's bin/sluice.js. */
  bin: string
}

interface Manifest {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  version: string
}

/** What the code never reads at run time. */
const unread = new Set(['.md', '.map', '.markdown', '.flow'])
const keptCopies = 3

/**
 * Copies Sluice, the packages it needs and, where npm installed it, Node into `home/code`, so that an `npm ci` under a
 * running agent or proxy harms nothing. The same code is copied once.
 */
export async function ownCode(home: string, packageRoot: string): Promise<OwnCode> {
  // The repository has the source; a published package has what was compiled from it.
  const parts = ['bin', existsSync(join(packageRoot, 'src')) ? 'src' : 'dist']
  const folder = join(home, 'code', await keyOf(packageRoot, parts))
  if (!existsSync(folder)) await copyInto(folder, packageRoot, parts)
  const now = new Date()
  await utimes(folder, now, now)
  await forgetOld(join(home, 'code'))
  const isNodeCopied = existsSync(join(folder, 'node'))
  return {
    node: isNodeCopied ? join(folder, 'node') : process.execPath,
    bin: join(folder, 'sluice', 'bin', 'sluice.js'),
  }
}

// Size and time of every file: an edit in the repository is another copy.
async function keyOf(packageRoot: string, parts: string[]): Promise<string> {
  const { version } = manifestOf(packageRoot)
  const hash = createHash('sha256').update(`${version} ${process.version} ${process.execPath}\n`)
  for (const part of parts) {
    const names = await readdir(join(packageRoot, part), { recursive: true, withFileTypes: true })
    for (const entry of names
      .filter((one) => one.isFile())
      .sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))) {
      const { size, mtimeMs } = await stat(pathOf(entry))
      hash.update(`${relative(packageRoot, pathOf(entry))} ${size} ${mtimeMs}\n`)
    }
  }
  return `${version}-${hash.digest('hex').slice(0, 12)}`
}

async function copyInto(folder: string, packageRoot: string, parts: string[]): Promise<void> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 })
  const unfinished = await mkdtemp(`${folder}.`)
  const own = join(unfinished, 'sluice')
  await copyTree(join(packageRoot, 'package.json'), join(own, 'package.json'))
  await Promise.all(parts.map((part) => copyTree(join(packageRoot, part), join(own, part))))
  await copyPackages(packageRoot, own)
  if (process.execPath.split(sep).includes('node_modules')) {
    await linkFile(process.execPath, join(unfinished, 'node'))
  }
  try {
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    // Somebody else was quicker with the same code.
    if (!existsSync(folder)) throw error
  }
}

// Each package once beside the others; a second version of one goes below whoever wants it.
async function copyPackages(packageRoot: string, own: string): Promise<void> {
  const placed = new Map<string, string>()
  const copies: [from: string, to: string][] = []
  const place = (from: string, to: string) => {
    const { dependencies = {}, optionalDependencies = {} } = manifestOf(from)
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = findPackage(name, from)
      if (found === null) continue
      const known = placed.get(name)
      if (known === found) continue
      const target = join(known === undefined ? own : to, 'node_modules', name)
      if (known === undefined) placed.set(name, found)
      copies.push([found, target])
      place(found, target)
    }
  }
  place(packageRoot, own)
  await Promise.all(copies.map(([from, to]) => linkTree(from, to)))
}

function findPackage(name: string, from: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name)
    if (existsSync(join(found, 'package.json'))) return found
    if (folder === dirname(folder)) return null
  }
}

/** Puts what a package needs at run time into another place. */
async function linkTree(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(from, pathOf(entry)))
    .filter((path) => !isUnread(path))
  const folders = new Set(files.map((path) => dirname(path)))
  for (const folder of folders) await mkdir(join(to, folder), { recursive: true })
  await Promise.all(files.map((path) => linkFile(join(from, path), join(to, path))))
}

// A second name for the same file where that can be: npm puts new files in the place of old ones, and writes into none.
async function linkFile(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE))
}

function copyTree(from: string, to: string): Promise<void> {
  return cp(from, to, {
    recursive: true,
    dereference: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (path) => !isUnread(relative(from, path)),
  })
}

function isUnread(path: string): boolean {
  const isTypes = /\.d\.[cm]?ts$/.test(path) || /\.test\.ts$/.test(path)
  return isTypes || unread.has(extname(path)) || path.split(sep).includes('node_modules')
}

async function forgetOld(folder: string): Promise<void> {
  const copies = await Promise.all(
    (await readdir(folder)).map(async (name) => ({ name, usedAt: (await stat(join(folder, name))).mtimeMs })),
  )
  const old = copies.sort((a, b) => b.usedAt - a.usedAt).slice(keptCopies)
  await Promise.all(old.map(({ name }) => rm(join(folder, name), { recursive: true, force: true })))
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

function pathOf(entry: { parentPath: string; name: string }): string {
  return join(entry.parentPath, entry.name)
}
