import type { GeneratorRequest } from './request.ts'

/** A file that a generator writes: text, and nothing else of it is decided there. */
export interface GeneratedFile {
  /** Relative to the app's folder, with `/`. */
  path: string
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
  generate(request: GeneratorRequest): Generated
}

/** What every generated file says of itself, in its first lines. `#` is the comment sign of the format. */
export function madeBy(comment = '#'): string {
  return `${comment} Made by \`sluice init\`. Yours to change; \`sluice init --check\` says when the app has moved on.`
}
