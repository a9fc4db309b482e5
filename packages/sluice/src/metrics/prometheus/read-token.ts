import { readFile } from 'node:fs/promises'
import { SluiceError } from '../../errors.ts'

/** The bearer token in a file. Throws METRIC_SOURCE_FAILED, which names the file and never what is in it. */
export async function readToken(file: string): Promise<string> {
  const token = await contentOf(file)
  // Refused here, because what refuses it later would show it.
  if (/^[\x21-\x7e]+$/.test(token)) return token
  const found = token === '' ? 'is empty' : 'holds spaces, line breaks or letters that a token cannot have'
  throw new SluiceError('METRIC_SOURCE_FAILED', `a token for Prometheus was wanted, and ${file} ${found}`, {
    todo: 'Write the token alone into the file.',
  })
}

async function contentOf(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const message = `a token for Prometheus was wanted, and ${file} cannot be read: ${code}`
    throw new SluiceError('METRIC_SOURCE_FAILED', message, {
      todo: 'See whether tokenFile names it, and whether the agent may read it.',
      cause,
    })
  }
}
