import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Readable } from 'node:stream'
import dockerIgnore from '@balena/dockerignore'
import tar from 'tar-fs'

/**
 * What a build may read of a folder, as a tar archive: everything that `.dockerignore` does not leave out, and always the
 * Dockerfile and `.dockerignore` themselves (docs.docker.com/build/concepts/context, "Filename and location").
 */
export async function buildContext(folder: string, dockerfile: string): Promise<Readable> {
  const rules = await readFile(join(folder, '.dockerignore'), 'utf8').catch(() => '')
  const isPart = dockerIgnore.default({ ignorecase: false }).add(rules).createFilter()
  const always = [dockerfile, '.dockerignore']
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  return tar.pack(folder, { entries: files.filter((path) => always.includes(path) || isPart(path)) })
}
