import { type Declaration, defaultIn } from './declaration.ts'
import type { Reading } from './kinds/kind.ts'
import { missing, type Problem, undecided, unknown, wrong } from './problem.ts'
import { Secret } from './secret.ts'
import type { Phase } from './variable.ts'

/** What variables are read from: `process.env`, or any object of texts. It is never written to. */
export type Source = Readonly<Record<string, unknown>>

/** Something to be mended in time. */
export interface Warning {
  /** Name of the variable. */
  readonly name: string
  /** All of it in one line. */
  readonly text: string
}

export interface Checked {
  /** Whether or not something else is wrong: those that could be read, in the order of the definition. */
  values: Record<string, unknown>
  /** In the order of the definition; unknown names come last. */
  problems: Problem[]
  warnings: Warning[]
}

export interface Circumstances {
  declarations: ReadonlyMap<string, Declaration>
  prefix: string | undefined
  phase: Phase
  /** NODE_ENV where it is not given. */
  mode: string | undefined
}

/** Checks all variables. One whose schema takes its time is a problem that names `parseAsync`. Never throws. */
export function check(source: Source, circumstances: Circumstances): Checked {
  const texts = textsOf(source, circumstances)
  const readings = read(texts, circumstances).map(([name, reading]) => [name, atOnce(reading)] as const)
  return judge(source, circumstances, texts, new Map(readings))
}

/** The same, for schemas that take their time. Never rejects. */
export async function checkAsync(source: Source, circumstances: Circumstances): Promise<Checked> {
  const texts = textsOf(source, circumstances)
  const readings = read(texts, circumstances).map(async ([name, reading]) => [name, await reading] as const)
  return judge(source, circumstances, texts, new Map(await Promise.all(readings)))
}

/** Of each variable what is set, or else its default. What is no text is kept, to be told as it is. */
function textsOf(source: Source, { declarations, mode }: Circumstances): Map<string, unknown> {
  const current = mode ?? modeOf(source, declarations)
  const texts = new Map<string, unknown>()
  for (const [name, declaration] of declarations) {
    const value = isSet(source, name) ? source[name] : defaultIn(current, declaration)
    if (value !== undefined) texts.set(name, value)
  }
  return texts
}

/** Never one that is inherited: `constructor` is a name like any other. Empty counts as not set, as everywhere. */
function isSet(source: Source, name: string): boolean {
  if (!Object.hasOwn(source, name)) return false
  const value = source[name]
  return value !== undefined && value !== null && value !== ''
}

function modeOf(source: Source, declarations: ReadonlyMap<string, Declaration>): string | undefined {
  return isSet(source, 'NODE_ENV') ? String(source.NODE_ENV) : declarations.get('NODE_ENV')?.default
}

type Readings = [name: string, reading: Reading<unknown> | Promise<Reading<unknown>>][]

function read(texts: ReadonlyMap<string, unknown>, { declarations }: Circumstances): Readings {
  return [...texts].map(([name, text]) => [
    name,
    typeof text === 'string' ? declarations.get(name)!.kind.read(text) : {},
  ])
}

function atOnce(reading: Reading<unknown> | Promise<Reading<unknown>>): Reading<unknown> {
  return reading instanceof Promise ? { wanted: 'a schema that answers at once; call parseAsync' } : reading
}

function judge(
  source: Source,
  { declarations, prefix, phase }: Circumstances,
  texts: ReadonlyMap<string, unknown>,
  readings: ReadonlyMap<string, Reading<unknown>>,
): Checked {
  const values = valuesOf(declarations, readings)
  const strangers = Object.keys(source).filter((name) => !declarations.has(name) && isSet(source, name))
  const problems: Problem[] = []
  const warnings: Warning[] = []
  for (const [name, declaration] of declarations) {
    const reading = readings.get(name)
    if (reading === undefined) {
      const state = {
        isCurrent: declaration.phase === phase,
        isEmpty: Object.hasOwn(source, name),
        strangers,
      }
      problems.push(...absence(declaration, values, state))
    } else if (!('value' in reading)) {
      problems.push(wrong(declaration, texts.get(name), reading))
    }
    if (declaration.deprecated !== undefined && isSet(source, name)) {
      warnings.push({ name, text: `${name} is deprecated: ${declaration.deprecated}` })
    }
  }
  return { values, problems: [...problems, ...misspelt(declarations, prefix, strangers)], warnings }
}

interface State {
  isCurrent: boolean
  isEmpty: boolean
  strangers: string[]
}

/** What is wrong with a variable's not being set, if anything. */
function absence(declaration: Declaration, values: Record<string, unknown>, state: State): Problem[] {
  const { requiredWhen, isOptional } = declaration
  if (!state.isCurrent || isOptional) return []
  try {
    if (requiredWhen !== undefined && !requiredWhen(values)) return []
    return [missing(declaration, state.isEmpty, state.strangers)]
  } catch (thrown) {
    return [undecided(declaration, thrown)]
  }
}

function misspelt(
  declarations: ReadonlyMap<string, Declaration>,
  prefix: string | undefined,
  strangers: string[],
): Problem[] {
  if (prefix === undefined) return []
  const names = [...declarations.keys()]
  return strangers.filter((name) => name.startsWith(prefix)).map((name) => unknown(name, prefix, names))
}

function valuesOf(
  declarations: ReadonlyMap<string, Declaration>,
  readings: ReadonlyMap<string, Reading<unknown>>,
): Record<string, unknown> {
  const values = [...declarations.values()].map(({ name, isSecret }) => {
    const reading = readings.get(name)
    if (reading === undefined || !('value' in reading)) return [name, undefined] as const
    return [name, isSecret ? new Secret(reading.value) : reading.value] as const
  })
  // Not by assignment, which takes __proto__ for something else.
  return Object.freeze(Object.fromEntries(values))
}
