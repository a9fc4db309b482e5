import { SluiceError } from '../../errors.ts'

/** What Node puts in the place of bytes of a name that are not UTF-8; nothing is found under such a name. */
const replacement = '\uFFFD'

/** Why something in an app's folder cannot be taken into a release, with what helps against just that. */
export function unreadable(path: string, cause: NodeJS.ErrnoException): SluiceError {
  if (cause.code !== 'ENOENT') {
    return new SluiceError('SNAPSHOT_FAILED', `${path} cannot be read: ${cause.message}`, {
      todo: 'Make it readable, or add it to .sluiceignore.',
      cause,
    })
  }
  if (path.includes(replacement)) {
    return new SluiceError('SNAPSHOT_FAILED', `a name in the folder is not UTF-8: ${path}`, {
      todo: `Rename it, or add it to .sluiceignore with a * in the place of ${replacement}.`,
      cause,
    })
  }
  return new SluiceError('SNAPSHOT_FAILED', `${path} went away while the folder was copied`, {
    todo: 'Deploy again once nothing changes the folder any more; what comes and goes belongs in .sluiceignore.',
    cause,
  })
}
