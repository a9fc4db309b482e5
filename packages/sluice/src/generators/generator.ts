/** A file that a generator writes: text, and nothing else of it is decided there. */
export interface GeneratedFile {
  /** Relative to the project's folder, with `/`. */
  path: string
  content: string
  /** Whether it may be run, as a script. */
  isProgram?: boolean
}

/** What every generated file says of itself, in its first lines. `#` is the comment sign of the format. */
export function madeBy(comment = '#'): string {
  return `${comment} Made by \`sluice init\`. Yours to change; \`sluice init --check\` says when the app has moved on.`
}
