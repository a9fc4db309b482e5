import { lineAt } from './files.ts'
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

/** What the app's own manifest names. Python's names are as pip normalises them. */
export const declaredPackages = once(({ app, files }): DeclaredPackage[] => {
  switch (app.stack) {
    case 'node':
      return ofNode(files.read('package.json') ?? '', files.at('package.json'))
    case 'go':
      return ofGo(files.read('go.mod') ?? '', files.at('go.mod'))
    case 'python': {
      const file = app.requirements ?? (files.exists('pyproject.toml') ? 'pyproject.toml' : 'Pipfile')
      return app.dependencies.map((name) => ({ name, file: files.at(file) }))
    }
    case 'static':
      return []
  }
})

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
