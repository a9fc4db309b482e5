import { DockerfileParser, type Flag, type PropertyInstruction } from 'dockerfile-ast'

/** One instruction of a Dockerfile, with what every reader of it asks for. */
export interface Instruction {
  keyword: string
  /** From 1. */
  line: number
  /** `--from=build` is `['from', 'build']`. */
  flags: readonly (readonly [name: string, value: string])[]
  /** Without keyword, flags and comments, on one line. */
  text: string
  /** The words of the JSON form; null for the shell form, and what looks like JSON and is not. */
  json: readonly string[] | null
  /** Of ENV, ARG and LABEL. `isOld` is `ENV key value`. */
  properties: readonly { name: string; value: string | null; isOld: boolean }[]
  /** Whether text follows in lines of its own: `RUN <<EOF`. */
  hasHeredoc: boolean
}

export interface Stage {
  /** Lower case; null where it has none. */
  name: string | null
  index: number
  from: Instruction
  /** As written: an image, or the name of an earlier stage. */
  base: string
  instructions: Instruction[]
}

export interface ParsedDockerfile {
  /** Before the first FROM. */
  globals: Instruction[]
  stages: Stage[]
  comments: { line: number; text: string }[]
  directives: { name: string; value: string }[]
}

export function parseDockerfile(text: string): ParsedDockerfile {
  const read = DockerfileParser.parse(text)
  const globals: Instruction[] = []
  const stages: Stage[] = []
  for (const one of read.getInstructions()) {
    const instruction = instructionOf(one as PropertyInstruction & Heredocs & Flags)
    if (instruction.keyword === 'FROM') stages.push(stageOf(instruction, stages.length))
    else (stages.at(-1)?.instructions ?? globals).push(instruction)
  }
  return {
    globals,
    stages,
    comments: read.getComments().map((comment) => ({
      line: comment.getRange().start.line + 1,
      text: comment.getContent() ?? '',
    })),
    directives: read
      .getDirectives()
      .map((directive) => ({ name: directive.getName().toLowerCase(), value: directive.getValue() ?? '' })),
  }
}

/** The stage that a name or number means, among those that are before it. */
export function stageNamed(stages: readonly Stage[], name: string, before: number): Stage | null {
  const earlier = stages.slice(0, before)
  return (
    earlier.findLast((stage) => stage.name === name.toLowerCase()) ??
    (/^\d+$/.test(name) ? earlier[Number(name)] : undefined) ??
    null
  )
}

export function flag({ flags }: Instruction, name: string): string | null {
  return flags.find(([one]) => one === name)?.[1] ?? null
}

/** What is copied and where to, in either form. */
export function copied({ json, text }: Instruction): { sources: string[]; to: string } {
  const words = json === null ? wordsOf(text) : json.map(unescaped)
  return { sources: words.slice(0, -1), to: words.at(-1) ?? '.' }
}

/** What HEALTHCHECK runs, as if it were a CMD; null for NONE. */
export function probeOf(healthcheck: Instruction): Instruction | null {
  const command = /^CMD\s+([\s\S]*)$/i.exec(healthcheck.text)?.[1]
  return command === undefined ? null : { ...healthcheck, text: command, json: jsonOf(command) }
}

// Only some instructions have these, and the library's types name one class for each keyword.
interface Flags {
  getFlags?(): Flag[]
}
interface Heredocs {
  getHeredocs?(): unknown[]
}

function instructionOf(one: PropertyInstruction & Heredocs & Flags): Instruction {
  const text = one.getArgumentsContent() ?? ''
  const properties = one.getProperties?.() ?? []
  return {
    keyword: one.getKeyword(),
    line: one.getRange().start.line + 1,
    flags: (one.getFlags?.() ?? []).map((each) => [each.getName(), each.getValue() ?? ''] as const),
    text,
    json: jsonOf(text),
    properties: properties.map((property) => ({
      name: property.getName(),
      value: property.getValue(),
      isOld: one.getKeyword() === 'ENV' && property.getAssignmentOperator() === null,
    })),
    hasHeredoc: (one.getHeredocs?.() ?? []).length > 0,
  }
}

function stageOf(from: Instruction, index: number): Stage {
  const [base = '', as, name] = from.text.split(/\s+/)
  const isNamed = as?.toLowerCase() === 'as' && name !== undefined
  return { name: isNamed ? name.toLowerCase() : null, index, from, base, instructions: [] }
}

function jsonOf(text: string): string[] | null {
  if (!text.startsWith('[')) return null
  try {
    const read: unknown = JSON.parse(text)
    return Array.isArray(read) && read.every((word) => typeof word === 'string') ? read : null
  } catch {
    return null
  }
}

function wordsOf(text: string): string[] {
  return (text.match(/(?:\\.|"[^"]*"|'[^']*'|[^\s])+/g) ?? []).map((word) =>
    unescaped(word.replaceAll(/(?<!\\)["']/g, '')),
  )
}

function unescaped(word: string): string {
  return word.replaceAll(/\\(.)/g, '$1')
}
