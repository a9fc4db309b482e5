import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { type ParseResult, parseSync } from 'oxc-parser'
import { type Node, walk } from './walk.ts'

/** One TypeScript file as the rules see it. */
export interface SourceFile {
  /** Below `src`, with forward slashes: `core/step.ts`. */
  path: string
  program: Node
  imports: Import[]
}

/** One sentence of the kind `import`, `export … from`, `import()` or the type `import('…')`. */
export interface Import {
  /** A file below `src` as its path, anything else as it is written: `core/step.ts`, `node:fs`, `zod`. */
  from: string
  /** As it is written. */
  written: string
  isFile: boolean
  /** Gone when the types are stripped. */
  isTypeOnly: boolean
}

/** Every TypeScript file below a folder. Throws where one of them cannot be parsed. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => parseSource(path, readFileSync(join(folder, path), 'utf8')))
}

/** Parses one file; `path` is where it lies below `src`. */
export function parseSource(path: string, text: string): SourceFile {
  const parsed = parseSync(path, text)
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`)
  const program = parsed.program as unknown as Node
  const written = [...statementsOf(parsed), ...expressionsOf(program)]
  return { path, program, imports: written.map((one) => located(path, one)) }
}

type Written = Pick<Import, 'written' | 'isTypeOnly'>

function statementsOf({ module }: ParseResult): Written[] {
  const imports = module.staticImports.map(({ moduleRequest, entries }) => ({
    written: moduleRequest.value,
    isTypeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
  }))
  const exports = module.staticExports
    .flatMap(({ entries }) => entries)
    .flatMap(({ moduleRequest, isType }) =>
      moduleRequest === null || moduleRequest === undefined
        ? []
        : [{ written: moduleRequest.value, isTypeOnly: isType }],
    )
  return [...imports, ...exports]
}

// What is computed cannot be followed; only a literal names a file.
function expressionsOf(program: Node): Written[] {
  const found: Written[] = []
  walk(program, (node) => {
    if (node.type !== 'ImportExpression' && node.type !== 'TSImportType') return
    const { value } = node.source as { value?: unknown }
    if (typeof value === 'string') found.push({ written: value, isTypeOnly: node.type === 'TSImportType' })
  })
  return found
}

function located(path: string, one: Written): Import {
  const isFile = one.written.startsWith('.')
  return { ...one, isFile, from: isFile ? posix.join(dirname(path), one.written) : one.written }
}
