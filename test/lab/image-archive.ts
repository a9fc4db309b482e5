import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { commanded } from './command.ts'
import { labFolder } from './lot.ts'

/** Since it was last used. */
const KEPT_MS = 3 * 3_600_000

/** What an image is put together from. */
export interface ImageContent {
  /** Paths of this machine, which keep their place; folders do not bring what is in them. */
  files: string[]
  /** Files that are made: path and text, or a mode with it. */
  made: Record<string, string | { text: string; mode: number }>
  /** Links: path and where it leads. */
  links: Record<string, string>
  /** Folders that are made, with their modes. */
  folders: Record<string, number>
  /** Whole folders or files of this machine and where they are to be; a later one goes over an earlier one. */
  trees: { from: string; to: string }[]
}

/** A tar archive of this content, made at the first time and kept for as long as nothing in it changes. */
export async function archiveOf(content: ImageContent): Promise<string> {
  const cache = join(labFolder, 'images')
  mkdirSync(cache, { recursive: true })
  const archive = join(cache, `${keyOf(content)}.tar`)
  if (existsSync(archive)) {
    utimesSync(archive, new Date(), new Date())
    return archive
  }
  forgetUnused(cache)
  const work = mkdtempSync(join(labFolder, 'new-'))
  try {
    const unfinished = join(work, 'image.tar')
    await pack(content, work, unfinished)
    renameSync(unfinished, archive)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return archive
}

// Each is hundreds of megabytes, and every change of Node or of the machine makes new ones.
function forgetUnused(cache: string): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name)
    if (Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { force: true })
  }
}

/** Put together in a folder first: an engine takes no archive in which a path comes twice. */
async function pack(content: ImageContent, work: string, archive: string): Promise<void> {
  const stage = join(work, 'stage')
  const list = join(work, 'list')
  mkdirSync(stage)
  writeFileSync(list, [...new Set(content.files)].map((path) => path.slice(1)).join('\n'))
  await commanded('tar', ['-cf', archive, '--no-recursion', '-C', '/', '-T', list])
  await commanded('tar', ['-xpf', archive, '-C', stage])
  for (const { from, to } of content.trees) {
    mkdirSync(dirname(join(stage, to)), { recursive: true })
    await commanded('cp', ['--archive', '--no-target-directory', from, join(stage, to)])
  }
  for (const [path, mode] of Object.entries(content.folders)) {
    mkdirSync(join(stage, path), { recursive: true })
    chmodSync(join(stage, path), mode)
  }
  for (const [path, made] of Object.entries(content.made)) {
    const { text, mode } = typeof made === 'string' ? { text: made, mode: 0o644 } : made
    mkdirSync(dirname(join(stage, path)), { recursive: true })
    writeFileSync(join(stage, path), text)
    chmodSync(join(stage, path), mode)
  }
  for (const [path, target] of Object.entries(content.links)) {
    mkdirSync(dirname(join(stage, path)), { recursive: true })
    rmSync(join(stage, path), { force: true })
    symlinkSync(target, join(stage, path))
  }
  await commanded('tar', ['-cf', archive, '--owner=0', '--group=0', '--numeric-owner', '-C', stage, '.'])
}

/** Of a file on this machine its path, size and time stand for what is in it; a folder's time tells nothing. */
function keyOf(content: ImageContent): string {
  const stamps = [...content.files, ...content.trees.map(({ from }) => from)].map((path) => {
    const found = statSync(path)
    return found.isFile() ? `${path} ${found.size} ${found.mtimeMs}` : path
  })
  return createHash('sha256')
    .update(JSON.stringify([content, stamps]))
    .digest('hex')
    .slice(0, 24)
}
