import type { GeneratorRequest } from './request.ts'

/** A file that a generator writes: text, and nothing else of it is decided there. */
export interface GeneratedFile {
  /** Relative to the app's folder, with `/`; to the project's, where the file has to lie there. */
  path: string
  /** Whose folder the path is in. The app's, where it is not said. */
  within?: 'app' | 'project'
  content: string
  /** Whether it may be run, as a script. */
  isProgram?: boolean
}

/** What came of a generator: files, and what a person should know of them. */
export interface Generated {
  files: GeneratedFile[]
  notes: string[]
}

/** From facts to files. Pure: reads nothing and asks nobody, so the same facts give the same files. */
export interface Generator {
  /** One line for help and for the list of what was written. */
  summary: string
  /** Whether it is only for those who ask for it, or have the thing that it is for. */
  isOptional?: true
  generate(request: GeneratorRequest): Generated
}

/** What every generated file says of itself, in its first lines. `#` is the comment sign of the format. */
export function madeBy(comment = '#'): string {
  return `${comment} Made by \`sluice init\`. Yours to change; \`sluice init --check\` says when the app has moved on.`
}
