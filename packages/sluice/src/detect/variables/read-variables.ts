import { lstatSync, readFileSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { VariablesRead, VariableUse } from '../facts.ts'
import type { Found } from './found.ts'
import { languageOf } from './languages.ts'
import { lineCounter } from './lines.ts'
import { findSources, type Sources } from './source-walk.ts'

export interface ReadLimits {
  files: number
  /** Of one file. */
  bytes: number
}

export interface ReadOptions {
  limits?: Partial<ReadLimits>
  /** Whether tests count. What only they read need not be set where the app runs. */
  tests?: boolean
  /** Files and folders outside of it that are read too, seen from it. */
  elsewhere?: readonly string[]
  /** The text of a file that somebody may have read already; null where it has to be looked at anew. */
  textOf?: (path: string) => string | null
}

const LIMITS: ReadLimits = { files: 20_000, bytes: 1024 * 1024 }

// Files are read without waiting, which takes a fifth of the time for many small ones. A server that does this has other
// things to do in between.
const REST_AFTER_MS = 20

/** The environment variables that the code in a folder reads. Never throws: what cannot be read is told in `unread`. */
export async function readVariables(root: string, options: ReadOptions = {}): Promise<VariablesRead> {
  const limits = { ...LIMITS, ...options.limits }
  const folder = await realpath(root).catch(() => root)
  const { files, unread, isCut } = await sourcesIn(folder, options, limits.files)
  const summary = new Summary()
  summary.unread.push(...unread)
  let rested = performance.now()
  for (const file of files) {
    await readFileInto(summary, folder, file, limits.bytes, options.textOf)
    if (performance.now() - rested < REST_AFTER_MS) continue
    await setImmediate()
    rested = performance.now()
  }
  if (isCut) {
    const count = limits.files.toLocaleString('en')
    summary.unread.push({
      file: '.',
      why: `there are more than ${count} files, and only the first ${count} were read`,
    })
  }
  return summary.result()
}

async function sourcesIn(
  root: string,
  { tests = false, elsewhere = [] }: ReadOptions,
  mostFiles: number,
): Promise<Sources> {
  const isSource = (name: string) => languageOf(name) !== null
  const all = await findSources(root, { isSource, tests, mostFiles })
  for (const path of elsewhere) {
    const at = join(root, path)
    if (lstatSync(at, { throwIfNoEntry: false })?.isDirectory() !== true) {
      if (!isSource(path)) continue
      if (all.files.length < mostFiles) all.files.push(path)
      else all.isCut = true
      continue
    }
    const more = await findSources(at, { isSource, tests, mostFiles: mostFiles - all.files.length })
    const named = (file: string) => posix.join(path, file)
    all.files.push(...more.files.map(named))
    all.unread.push(...more.unread.map(({ file, why }) => ({ file: named(file), why })))
    all.isCut ||= more.isCut
  }
  return all
}

async function readFileInto(
  summary: Summary,
  root: string,
  file: string,
  mostBytes: number,
  known?: (path: string) => string | null,
): Promise<void> {
  try {
    const language = languageOf(file)!
    const held = known?.(file) ?? null
    const text =
      held === null
        ? textOf(join(root, file), mostBytes, language.signs)
        : language.signs.some((sign) => held.includes(sign))
          ? held
          : null
    if (text === null) return
    if (typeof text === 'object') {
      summary.miss(file, text.why)
      return
    }
    if (!language.mayRead(text)) return
    const { found, broken } = (await language.load())(file, text)
    summary.add(file, text, found)
    if (broken !== null) summary.miss(file, broken)
  } catch (error) {
    summary.miss(file, whyOf(error))
  }
}

/** Null for what is no text, or has no sign of what is looked for. */
function textOf(path: string, mostBytes: number, signs: string[]): string | { why: string } | null {
  const { size } = lstatSync(path)
  if (size > mostBytes) return { why: `bigger than ${(mostBytes / 1024).toLocaleString('en')} KiB` }
  const bytes = readFileSync(path)
  if (!signs.some((sign) => bytes.includes(sign)) || bytes.subarray(0, 8192).includes(0)) return null
  // Without the mark that some editors begin with; not every parser knows it.
  return bytes.toString('utf8').replace(/^\ufeff/, '')
}

function whyOf(error: unknown): string {
  if (error instanceof RangeError) return 'nested too deeply to be read'
  const { code, message } = error as NodeJS.ErrnoException
  return code === undefined ? `cannot be parsed: ${message}` : `cannot be opened (${code})`
}

/** A variable, as it is gathered. */
interface Use {
  name: string
  /** Each once, by its text. */
  places: Map<string, VariableUse['places'][number]>
  shown: { file: string; line: number; text: string }[]
}

class Summary {
  readonly unread: VariablesRead['unread'] = []
  readonly #uses = new Map<string, Use>()
  readonly #dynamic: VariablesRead['dynamic'] = []

  add(file: string, text: string, found: Found[]): void {
    if (found.length === 0) return
    const lineOf = lineCounter(text)
    for (const one of found) {
      const line = lineOf(one.at)
      if (one.kind === 'dynamic') this.#dynamic.push({ file, line, code: one.code })
      else if (one.name !== '') this.#use(one.name, file, line, one.fallback)
    }
  }

  miss(file: string, why: string): void {
    this.unread.push({ file, why })
  }

  result(): VariablesRead {
    const uses = [...this.#uses.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    return {
      variables: uses.map(({ name, places, shown }) => ({
        name,
        places: [...places.values()].sort(byPlace),
        fallback: shown.sort(byPlace)[0]?.text ?? null,
      })),
      dynamic: this.#dynamic.sort(byPlace),
      unread: this.unread.sort((a, b) => (a.file < b.file ? -1 : 1)),
    }
  }

  #use(name: string, file: string, line: number, fallback: string | null): void {
    const use: Use = this.#uses.get(name) ?? { name, places: new Map(), shown: [] }
    this.#uses.set(name, use)
    use.places.set(`${file}:${line}`, { file, line })
    if (fallback !== null) use.shown.push({ file, line, text: fallback })
  }
}

function byPlace(a: { file: string; line: number }, b: { file: string; line: number }): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1
}
