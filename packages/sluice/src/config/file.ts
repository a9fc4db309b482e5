import { readFile, stat } from 'node:fs/promises'
import { SluiceError } from '../errors.ts'
import type { Problem } from './yaml-document.ts'

/** Far more than anybody writes by hand; a larger file is some other file. */
const LARGEST_BYTES = 1024 ** 2

/** More than this nobody reads at once. */
const MOST_PROBLEMS = 50

/** What to say when there is no file: how it is called in messages, and what can be done about it. */
export interface FileName {
  /** As a person knows it: `sluice.yaml`. */
  shown: string
  todo: string
}

/**
 * The text of a configuration file.
 * @throws CONFIG_MISSING where there is none; CONFIG_INVALID where it is a folder, too large, not UTF-8 or unreadable.
 */
export async function readConfigFile(path: string, { shown, todo }: FileName): Promise<string> {
  try {
    const facts = await stat(path)
    if (!facts.isFile()) throw new SluiceError('CONFIG_INVALID', `${shown} is not a file: ${path}`, { todo })
    if (facts.size > LARGEST_BYTES) {
      const message = `${shown} has ${facts.size} bytes; at most ${LARGEST_BYTES} are read. Is it the right file? ${path}`
      throw new SluiceError('CONFIG_INVALID', message)
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (error) {
    if (error instanceof SluiceError) throw error
    throw unreadable(error, path, { shown, todo })
  }
}

/** CONFIG_INVALID with one line for each problem, as `file:line:column  text`. */
export function refusal(shown: string, problems: Problem[]): SluiceError {
  const lines = problems.map(({ line, column, text }) => `${shown}:${line}:${column}  ${text}`)
  const details = lines.slice(0, MOST_PROBLEMS)
  if (lines.length > details.length) details.push(`… and ${lines.length - details.length} more`)
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return new SluiceError('CONFIG_INVALID', `${shown} has ${count}`, { details })
}

function unreadable(cause: unknown, path: string, { shown, todo }: FileName): SluiceError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new SluiceError('CONFIG_MISSING', `no ${shown} was found: ${path}`, { todo, cause })
  }
  const reason = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8 text' : String(code ?? cause)
  return new SluiceError('CONFIG_INVALID', `${shown} cannot be read: ${reason} (${path})`, { cause })
}
