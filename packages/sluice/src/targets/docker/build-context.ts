import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Readable } from 'node:stream'
import dockerIgnore from '@balena/dockerignore'
import tar from 'tar-fs'

/**
 * What a build may read of a folder, as a tar archive: everything that `.dockerignore` does not leave out, and always the
 * Dockerfile, which a `COPY . .` then copies too (docs.docker.com/build/concepts/context, "Filename and location"). An
 * ignore file that is named for the Dockerfile comes first: `web.Dockerfile.dockerignore`.
 */
export async function buildContext(folder: string, dockerfile: string): Promise<Readable> {
  const rules =
    (await textOf(join(folder, `${dockerfile}.dockerignore`))) ??
    (await textOf(join(folder, '.dockerignore'))) ??
    ''
  const isPart = dockerIgnore.default({ ignorecase: false }).add(rules).createFilter()
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found.map((entry) => ({ entry, path: relative(folder, join(entry.parentPath, entry.name)) }))
  const files = paths.filter(
    ({ entry, path }) => !entry.isDirectory() && (path === dockerfile || isPart(path)),
  )
  // An empty folder is something that can be copied too.
  const folders = paths.filter(({ entry, path }) => entry.isDirectory() && isPart(path))
  const entries = [...folders, ...files].map(({ path }) => path)
  // Otherwise it would be the whole folder.
  if (entries.length === 0) throw new Error(`${folder} holds nothing to build from`)
  // The folders' content is named one by one.
  return tar.pack(folder, { entries, ignore: () => true })
}

async function textOf(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}
