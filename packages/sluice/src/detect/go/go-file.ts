import type { Survey } from '../survey.ts'

/** The outline of a Go file. */
export interface GoFile {
  path: string
  /** With its comments blanked. */
  code: string
  package: string | null
  imports: { path: string; line: number }[]
  /** Of `func main`; null where there is none. */
  mainLine: number | null
  /** Whether only some builds have it: `//go:build ignore`, `//go:build tools`. */
  isLeftOut: boolean
}

/** Reads a file of Go; null where there is none. */
export function readGoFile(survey: Survey, path: string): Promise<GoFile | null> {
  return survey.once(`outline of ${path}`, () => outlineOf(survey, path))
}

async function outlineOf(survey: Survey, path: string): Promise<GoFile | null> {
  const text = survey.read(path)
  if (text === null) return null
  const { parser } = await import('@lezer/go')
  const { withoutComments } = await import('../code.ts')
  const { lineAt } = await import('../place.ts')
  const file: GoFile = {
    path,
    code: await withoutComments(path, text),
    package: null,
    imports: [],
    mainLine: null,
    isLeftOut: /^\/\/\s*(?:go:build|\+build)\s+(?:ignore|tools|generate|none)\b/m.test(text),
  }
  let depth = 0
  parser.parse(text).iterate({
    enter({ name, from, to, node }) {
      depth++
      const word = () => text.slice(from, to)
      if (name === 'PackageClause') file.package ??= /package\s+(\w+)/.exec(word())?.[1] ?? null
      if (name === 'ImportSpec') {
        const path = /["`]([^"`]*)["`]/.exec(word())?.[1]
        if (path !== undefined) file.imports.push({ path, line: lineAt(text, from) })
      }
      // Of the file itself, without a receiver: the name follows the word `func` at once.
      if (
        name === 'FunctionDecl' &&
        node.parent?.name === 'SourceFile' &&
        /^func\s+main\s*\(/.test(word().slice(0, 200))
      ) {
        file.mainLine ??= lineAt(text, from)
      }
      return depth < 100_000 && !['Block', 'LiteralValue'].includes(name)
    },
  })
  return file
}
