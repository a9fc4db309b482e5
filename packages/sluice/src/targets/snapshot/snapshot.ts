import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { SluiceError } from '../../errors.ts'
import { forEachBounded } from './bounded.ts'
import { type Entry, isWithin, type WalkLimits, walkFolder } from './folder-walk.ts'
import { unreadable } from './unreadable.ts'

/** Beyond this a folder holds something that is not the app. */
const LIMITS: WalkLimits = { files: 200_000, bytes: 4 * 1024 ** 3 }
/** Copies at a time: enough to keep a disk busy. */
const AT_ONCE = 16
/** Read piece by piece above this. */
const LARGE_BYTES = 1024 * 1024

export interface Snapshot {
  files: number
  bytes: number
  /** The same for the same content, wherever and whenever it was taken. */
  digest: string
}

/**
 * Copies what belongs to the app from a user's folder into a new one: reflinks where the file system has them, else
 * copies, never hard links, so that neither folder changes with the other. See `walkFolder` for what is left out, and
 * `leaveOut` (relative to `from`, or absolute) for more. Throws SNAPSHOT_FAILED.
 */
export async function takeSnapshot(request: {
  from: string
  to: string
  leaveOut?: string[]
  limits?: WalkLimits
}): Promise<Snapshot> {
  const from = resolve(request.from)
  const leaveOut = (request.leaveOut ?? []).map((path) => resolve(from, path))
  refuseCopyIntoItself(from, resolve(request.to), leaveOut)
  const entries = await walkFolder(from, leaveOut, request.limits ?? LIMITS)
  const digests = await copyAll(entries, from, request.to)
  const files = entries.filter((entry) => entry.kind !== 'folder')
  return {
    files: files.length,
    bytes: files.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.bytes : 0), 0),
    digest: digestOf(entries, digests),
  }
}

function refuseCopyIntoItself(from: string, to: string, leaveOut: string[]): void {
  if (!isWithin(from, to) || leaveOut.some((folder) => isWithin(folder, to))) return
  throw new SluiceError('SNAPSHOT_FAILED', `the copy ${to} would be inside ${from}, which is to be copied`, {
    todo: 'Set SLUICE_HOME to a folder outside the app.',
  })
}

/** Content digests by path. Folders first, in order, so that each file finds its own. */
async function copyAll(entries: Entry[], from: string, to: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>()
  await mkdir(to, { recursive: true })
  for (const entry of entries) if (entry.kind === 'folder') await makeFolder(join(to, entry.path), entry.mode)
  await forEachBounded(entries, AT_ONCE, async (entry) => {
    const copy = join(to, entry.path)
    if (entry.kind === 'link') await symlink(entry.target, copy)
    if (entry.kind !== 'file') return
    await copyOne(join(from, entry.path), copy)
    // Of the copy: the file itself may change under us.
    digests.set(entry.path, await contentDigest(copy, entry.bytes))
  })
  return digests
}

/** Its owner can always write into it, or the copy could not be made. */
async function makeFolder(path: string, mode: number): Promise<void> {
  await mkdir(path)
  await chmod(path, mode | 0o700)
}

async function copyOne(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE).catch((cause) => {
    if (cause.code === 'ENOENT') throw unreadable(from, cause)
    throw new SluiceError('SNAPSHOT_FAILED', `${from} cannot be copied: ${cause.message}`, {
      todo: 'Make it readable, make room on the disk, or add it to .sluiceignore.',
      cause,
    })
  })
}

async function contentDigest(file: string, bytes: number): Promise<string> {
  const hash = createHash('sha256')
  if (bytes > LARGE_BYTES) await pipeline(createReadStream(file), hash)
  else hash.update(await readFile(file))
  return hash.digest('hex')
}

/** Of a mode only what git keeps: whether the owner may execute the file. The rest differs from one umask to the next. */
function digestOf(entries: Entry[], contents: Map<string, string>): string {
  const hash = createHash('sha256')
  for (const entry of entries) hash.update(`${JSON.stringify(identityOf(entry, contents))}\n`)
  return `sha256:${hash.digest('hex')}`
}

function identityOf(entry: Entry, contents: Map<string, string>): string[] {
  switch (entry.kind) {
    case 'folder':
      return ['folder', entry.path]
    case 'link':
      return ['link', entry.path, entry.target]
    case 'file':
      return [entry.mode & 0o100 ? 'program' : 'file', entry.path, contents.get(entry.path)!]
  }
}
