import { open, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SluiceError } from '../errors.ts'

/**
 * Replaces a file so that after any crash, of the machine too, either the old content is there or the new, whole:
 * written beside it, fsync, rename, fsync of the folder. Throws STORE_FULL, STORE_FAILED.
 */
export function writeDurably(path: string, content: string): Promise<void> {
  return replace(path, content, { durable: true })
}

/** The same without fsync: a reader, or a crash of ours, never finds half of it. A power cut may take it away. */
export function writeWhole(path: string, content: string): Promise<void> {
  return replace(path, content, { durable: false })
}

async function replace(path: string, content: string, { durable }: { durable: boolean }): Promise<void> {
  const temporary = `${path}.new`
  try {
    await writeFile(temporary, content, { mode: 0o600, flush: durable })
    await rename(temporary, path)
    if (durable) await syncFolder(dirname(path))
  } catch (error) {
    throw unwritable(path, error as NodeJS.ErrnoException)
  }
}

/** Makes renames in a folder survive a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function unwritable(path: string, cause: NodeJS.ErrnoException): SluiceError {
  const isFull = cause.code === 'ENOSPC' || cause.code === 'EDQUOT'
  const why = isFull ? 'the disk is full' : cause.message
  return new SluiceError(isFull ? 'STORE_FULL' : 'STORE_FAILED', `${path} could not be written: ${why}`, {
    cause,
  })
}
