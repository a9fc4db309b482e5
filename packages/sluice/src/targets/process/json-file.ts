import { readFile, rename, writeFile } from 'node:fs/promises'
import { SluiceError } from '../../errors.ts'

/** The parsed content, or null where there is no such file. Throws STORE_FAILED on what is not JSON. */
export async function readJson<T>(file: string): Promise<T | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new SluiceError('STORE_FAILED', `${file} cannot be read: ${error.message}`, { cause: error })
  })
  if (text === null) return null
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw new SluiceError('STORE_FAILED', `${file} is not JSON: it was changed by something else`, { cause })
  }
}

/** Replaces the file as a whole: a reader, or a crash, finds the old content or the new, never half of it. */
export async function writeJson(file: string, value: unknown, options: { durable: boolean }): Promise<void> {
  const temporary = `${file}.new`
  try {
    await writeFile(temporary, `${JSON.stringify(value)}\n`, { flush: options.durable })
    await rename(temporary, file)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const full = code === 'ENOSPC' || code === 'EDQUOT'
    throw new SluiceError(full ? 'STORE_FULL' : 'STORE_FAILED', `${file} cannot be written: ${message}`, {
      cause,
    })
  }
}
