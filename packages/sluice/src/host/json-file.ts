import { readFile } from 'node:fs/promises'
import { SluiceError } from '../errors.ts'
import { writeDurably, writeWhole } from './durable-file.ts'

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

/** Replaces the file as a whole; `durable` against a power cut too. Throws STORE_FULL, STORE_FAILED. */
export function writeJson(file: string, value: unknown, { durable }: { durable: boolean }): Promise<void> {
  const write = durable ? writeDurably : writeWhole
  return write(file, `${JSON.stringify(value)}\n`)
}
