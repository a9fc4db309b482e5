import { constants } from 'node:fs'
import { chmod, mkdir, open, readFile, realpath } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { SluiceError } from '../../errors.ts'

const mostBytes = 1024 * 1024

/** The text of a file in a project; null where there is none. Throws USAGE where it is no text of a sensible size. */
export async function readProjectFile(root: string, path: string): Promise<string | null> {
  const file = join(root, path)
  let handle: Awaited<ReturnType<typeof open>>
  try {
    // Without waiting for a writer, where it is a named pipe.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw unreadable(path, (error as Error).message)
  }
  try {
    const { size } = await handle.stat().then((found) => {
      if (!found.isFile()) throw unreadable(path, 'it is no file')
      return found
    })
    if (size > mostBytes) throw unreadable(path, 'it is larger than 1 MiB')
    return await readFile(handle, 'utf8')
  } finally {
    await handle.close()
  }
}

/** Writes a file of a project, and its folders. Never through a link that leads out of the project. Throws USAGE. */
export async function writeProjectFile(
  root: string,
  { path, content, isProgram }: { path: string; content: string; isProgram?: boolean },
): Promise<void> {
  const file = join(root, path)
  await mkdir(dirname(file), { recursive: true })
  await refuseOutside(root, dirname(file), path)
  try {
    const handle = await open(
      file,
      constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
      0o644,
    )
    try {
      await handle.writeFile(content)
    } finally {
      await handle.close()
    }
    if (isProgram === true) await chmod(file, 0o755)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'ELOOP' ? 'it is a link to another file' : message
    throw new SluiceError('USAGE', `${path} cannot be written: ${why}`, { cause: error })
  }
}

async function refuseOutside(root: string, folder: string, path: string): Promise<void> {
  const inside = relative(await realpath(root), await realpath(folder))
  if (inside === '..' || inside.startsWith(`..${sep}`)) {
    throw new SluiceError(
      'USAGE',
      `${path} would be written outside of the project: a folder on its way is a link`,
    )
  }
}

function unreadable(path: string, why: string): SluiceError {
  return new SluiceError('USAGE', `${path} cannot be read: ${why}`)
}
