import { relative, resolve, sep } from 'node:path'
import type { DockerfileFinding } from '../../generators/dockerfile/finding.ts'
import { type ParsedDockerfile, parseDockerfile } from '../../generators/dockerfile/instructions.ts'
import { lintDockerfile } from '../../generators/dockerfile/lint.ts'
import { simulate } from '../../generators/dockerfile/simulate.ts'
import type { Files } from './files.ts'
import { type Look, once } from './look.ts'

/** The Dockerfile that the app is built by. */
export interface ImageFile {
  /** For evidence. */
  file: string
  text: string
  parsed: ParsedDockerfile
  /** By the rules DF-01 and on. */
  findings: DockerfileFinding[]
  /** By playing it without an engine. */
  simulated: DockerfileFinding[]
  /** The text of its ignore file. */
  dockerignore: string | null
}

/** Null where there is none. */
export const imageFile = once((look): ImageFile | null => {
  const { files, path } = placeOf(look)
  const text = files.read(path)
  if (text === null) return null
  const dockerignore = files.read(`${path}.dockerignore`) ?? files.read('.dockerignore')
  const context = { files: files.paths.filter((one) => !one.startsWith('../')), dockerignore }
  return {
    file: files.at(path),
    text,
    parsed: parseDockerfile(text),
    findings: lintDockerfile(text, context),
    simulated: simulate(text, context),
    dockerignore,
  }
})

/** The one that sluice.yaml names. What runs as processes alone names none, and has it in its own folder wherever it is built from. */
function placeOf(look: Look): { files: Files; path: string } {
  const { config, files } = look
  const named = inContext(look, config?.build.dockerfile ?? 'Dockerfile')
  const isProcess = Object.values(config?.environments ?? {}).every(({ target }) => target === 'process')
  if (!isProcess || named.files.exists(named.path) || !files.exists('Dockerfile')) return named
  const top = resolve(files.root, config?.build.context ?? '.')
  return inContext(look, relative(top, resolve(files.root, 'Dockerfile')).split(sep).join('/'))
}

// What is built may be more than the app's own folder; then it is the repository's, or a part of it that is not listed here.
function inContext(
  { files, repositoryFiles, config }: Look,
  dockerfile: string,
): { files: Files; path: string } {
  const top = resolve(files.root, config?.build.context ?? '.')
  if (top === repositoryFiles.root) return { files: repositoryFiles, path: dockerfile }
  const path = relative(files.root, resolve(top, dockerfile))
  return { files, path: path.split(sep).join('/') }
}
