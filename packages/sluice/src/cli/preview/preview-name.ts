import { createHash } from 'node:crypto'
import { longestPreviewName, previewPrefix } from '../../config/preview-name.ts'
import { SluiceError } from '../../errors.ts'
import { gitBranch } from '../../server/git.ts'

const hashChars = 6

/**
 * From the name that was given, also as `sluice status` shows it, or of a branch; else from the folder's git branch.
 * @throws USAGE where nothing is left to name it by.
 */
export async function previewName(given: string | undefined, folder: string): Promise<string> {
  const text = given ?? (await gitBranch(folder)) ?? ''
  const name = nameFrom(text)
  if (name !== '') return name
  const why =
    text === ''
      ? `${folder} is on no git branch that could name the preview`
      : `"${text}" has no letter or digit that could name a preview`
  throw new SluiceError('USAGE', why, { todo: 'Say how it is called: --name pr-12' })
}

/** `feature/Log-in` is `feature-log-in`; the end of what is too long becomes a hash, so that it stays its own. */
export function nameFrom(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(new RegExp(`^${previewPrefix}`), '')
    .replaceAll(/^-|-$/g, '')
  if (name.length <= longestPreviewName) return name
  const hash = createHash('sha256').update(text).digest('hex').slice(0, hashChars)
  return `${name.slice(0, longestPreviewName - hashChars - 1).replace(/-$/, '')}-${hash}`
}
