import type { DockerfileFinding } from '../../generators/dockerfile/finding.ts'
import { type ParsedDockerfile, parseDockerfile } from '../../generators/dockerfile/instructions.ts'
import { lintDockerfile } from '../../generators/dockerfile/lint.ts'
import { simulate } from '../../generators/dockerfile/simulate.ts'
import { once } from './look.ts'

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
export const imageFile = once(({ files, config }): ImageFile | null => {
  const path = config?.build.dockerfile ?? 'Dockerfile'
  const text = files.read(path)
  if (text === null) return null
  const dockerignore = files.read(`${path}.dockerignore`) ?? files.read('.dockerignore')
  const context = { files: files.paths, dockerignore }
  return {
    file: files.at(path),
    text,
    parsed: parseDockerfile(text),
    findings: lintDockerfile(text, context),
    simulated: simulate(text, context),
    dockerignore,
  }
})
