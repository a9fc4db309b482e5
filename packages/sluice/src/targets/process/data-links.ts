import { mkdir, readlink, rmdir, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { SluiceError } from '../../errors.ts'
import { isWithin } from '../snapshot/folder-walk.ts'
import type { ReleaseSpec } from '../target.ts'

/**
 * Puts links into a release's copy that lead to the folders an app keeps across releases, and makes those folders.
 * Done once, after the build; what the build itself left in such a place, unless it is empty, is refused with
 * SNAPSHOT_FAILED, for it would be hidden from the app.
 */
export async function linkData(folder: string, data: ReleaseSpec['data']): Promise<void> {
  for (const [inside, outside] of data) {
    const link = resolve(folder, inside)
    if (link === folder || !isWithin(folder, link)) throw misplaced(inside)
    await mkdir(outside, { recursive: true })
    if ((await leadsTo(link)) === outside) continue
    await mkdir(dirname(link), { recursive: true })
    await rmdir(link).catch(() => {})
    await symlink(outside, link).catch((cause) => {
      throw occupied(inside, cause)
    })
  }
}

/** Throws START_FAILED where a link of `linkData` is missing or leads elsewhere: an app must not lose what it writes. */
export async function checkData({ release, folder, data }: ReleaseSpec): Promise<void> {
  for (const [inside, outside] of data) {
    await mkdir(outside, { recursive: true })
    const found = await leadsTo(join(folder, inside))
    if (found === outside) continue
    const problem = found === null ? 'is no link' : `leads to ${found}`
    throw new SluiceError(
      'START_FAILED',
      `${inside} of ${release} should lead to ${outside}, and ${problem}`,
      {
        todo: 'Deploy again, so that a release is made for this environment.',
      },
    )
  }
}

function leadsTo(link: string): Promise<string | null> {
  return readlink(link).catch(() => null)
}

function misplaced(inside: string): SluiceError {
  return new SluiceError('SNAPSHOT_FAILED', `data: ${inside} is not a path inside the app's folder`)
}

function occupied(inside: string, cause: unknown): SluiceError {
  return new SluiceError(
    'SNAPSHOT_FAILED',
    `data: ${inside} is kept across releases, and the build made something else there`,
    {
      todo: `Let the build leave ${inside} alone, or remove it from data.`,
      cause,
    },
  )
}
