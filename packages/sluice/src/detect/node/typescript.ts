import { posix } from 'node:path'
import { parseRelaxedJson } from '../script.ts'
import type { Survey } from '../survey.ts'
import { record } from '../tool-versions.ts'
import { textField } from './manifest.ts'

/** Where the compiler reads and writes, relative to the package's folder. */
export interface Compiler {
  outDir: string | null
  rootDir: string | null
}

/** What tsconfig.json says of the build; null where there is no TypeScript. */
export async function readCompiler(survey: Survey, folder: string): Promise<Compiler | null> {
  if (!survey.isFile(posix.join(folder, 'tsconfig.json'))) return null
  // A configuration for the build goes before the editor's.
  for (const name of ['tsconfig.build.json', 'tsconfig.json']) {
    const options = await optionsOf(survey, posix.join(folder, name), 3)
    const outDir = textField(options, 'outDir')
    if (outDir !== null)
      return { outDir: plainFolder(outDir), rootDir: plainFolder(textField(options, 'rootDir')) }
  }
  return { outDir: null, rootDir: null }
}

/** `src/index.ts` as it is called after the build: `dist/index.js`. */
export function builtFile(source: string, { outDir, rootDir }: Compiler): string | null {
  if (outDir === null) return null
  const inside = rootDir ?? (source.startsWith('src/') ? 'src' : '.')
  const path = posix.relative(inside, source)
  if (path.startsWith('..')) return null
  return posix.join(outDir, path.replace(/\.([cm]?)tsx?$/, '.$1js'))
}

/** `dist/index.js` as it may be called in the sources. */
export function sourcesOf(file: string, outDir: string | null): string[] {
  const path = posix.normalize(file)
  const out = [outDir, 'dist', 'build', 'lib', 'out'].find(
    (one) => one !== null && path.startsWith(`${one}/`),
  )
  if (!out) return [path]
  const inside = path.slice(out.length + 1)
  const bare = inside.replace(/\.([cm]?)js$/, '')
  const folders = inside.startsWith('src/') ? [''] : ['src/', '']
  return folders.flatMap((one) =>
    ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs'].map((end) => `${one}${bare}${end}`),
  )
}

async function optionsOf(survey: Survey, file: string, depth: number): Promise<Record<string, unknown>> {
  const text = survey.read(file)
  if (text === null || depth === 0) return {}
  const fields = record(await parseRelaxedJson(text))
  const above = [fields.extends].flat().find((one) => typeof one === 'string' && one.startsWith('.'))
  const inherited =
    typeof above === 'string'
      ? await optionsOf(
          survey,
          posix.join(posix.dirname(file), above.endsWith('.json') ? above : `${above}.json`),
          depth - 1,
        )
      : {}
  return { ...inherited, ...record(fields.compilerOptions) }
}

function plainFolder<T extends string | null>(folder: T): string | null {
  if (folder === null) return null
  const plain = posix.normalize(folder.replace(/^\$\{configDir\}\//, '')).replace(/\/$/, '')
  return plain.startsWith('..') || plain.startsWith('/') ? null : plain
}
