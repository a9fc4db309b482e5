import { posix } from 'node:path'
import { type Files, lineAt } from './files.ts'
import { once } from './look.ts'
import { entriesOf, field } from './yaml-documents.ts'

/** A package that the app depends on while it runs, and where that is written. */
export interface DeclaredPackage {
  /** `@sentry/node`, `sentry-sdk`, `github.com/getsentry/sentry-go` */
  name: string
  /** From the repository's folder. */
  file: string
  /** From 1; absent where only the name is known. */
  line?: number
}

/** What the app's own manifest names, and those of the packages of its workspace that it is made of. Python's names are as pip normalises them. */
export const declaredPackages = once((look): DeclaredPackage[] => {
  const { app, files } = look
  switch (app.stack) {
    case 'node':
      return manifestsOf(look).flatMap(({ text, file }) => ofNode(text, file))
    case 'go':
      return manifestsOf(look).flatMap(({ text, file }) => ofGo(text, file))
    case 'python': {
      const file = app.requirements ?? (files.exists('pyproject.toml') ? 'pyproject.toml' : 'Pipfile')
      return app.dependencies.map((name) => ({ name, file: files.at(file) }))
    }
    case 'static':
      return []
  }
})

/** Each package.json, or go.mod, of the code that the app is made of, its own first. `file` is for evidence. */
export const manifestsOf = once(({ app, files }): { text: string; file: string }[] => {
  const name = app.stack === 'go' ? 'go.mod' : 'package.json'
  const folders = ['.', ...app.codeElsewhere]
  const paths = new Set(folders.flatMap((folder) => nearest(files, folder, name) ?? []))
  return [...paths].map((path) => ({ text: files.read(path) ?? '', file: files.at(path) }))
})

// A module of Go may begin above; a package of Node is its folder.
function nearest(files: Files, path: string, name: string): string | null {
  for (let at = files.at(path); ; at = posix.dirname(at)) {
    const found = posix.relative(files.at('.'), posix.join(at, name))
    if (files.exists(found)) return found
    if (at === '.' || name !== 'go.mod') return null
  }
}

function ofNode(text: string, file: string): DeclaredPackage[] {
  const manifest = objectIn(text)
  const names = ['dependencies', 'optionalDependencies'].flatMap((kind) =>
    entriesOf(field(manifest, kind)).map(([name]) => name),
  )
  return names.map((name) => ({ name, file, line: lineAt(text, text.indexOf(`"${name}"`)) }))
}

function ofGo(text: string, file: string): DeclaredPackage[] {
  return text.split('\n').flatMap((line, index) => {
    const name = /^\s*(?:require\s+)?([\w.-]+\.[\w.-]+\/\S+)\s+v\d/.exec(line)?.[1]
    return name === undefined ? [] : [{ name, file, line: index + 1 }]
  })
}

function objectIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
