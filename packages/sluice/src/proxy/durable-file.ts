import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SluiceError } from '../errors.ts'

/**
 * Replaces a file so that after any crash either the old content is there or the new, whole:
 * written beside it, fsync, rename, fsync of the folder. Throws STORE_FULL, STORE_FAILED.
 */
export async function writeDurably(path: string, content: string): Promise<void> {
  try {
    await replace(path, content)
  } catch (error) {
    throw unwritable(path, error as NodeJS.ErrnoException)
  }
}

async function replace(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncFolder(dirname(path))
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
  if (isFull)
    return new SluiceError('STORE_FULL', `${path} could not be written: the disk is full`, { cause })
  return new SluiceError('STORE_FAILED', `${path} could not be written: ${cause.message}`, { cause })
}
