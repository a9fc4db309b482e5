import { type Instruction, type Stage, stageNamed } from './instructions.ts'

/** What an engine starts first. */
export function firstProcess(stages: readonly Stage[]): Instruction | null {
  return lastOf(stages, 'ENTRYPOINT') ?? lastOf(stages, 'CMD')
}

/** The last instruction of the kind: of the last stage, or of those that it begins with. */
export function lastOf(stages: readonly Stage[], keyword: string): Instruction | null {
  let stage = stages.at(-1) ?? null
  while (stage !== null) {
    const found = stage.instructions.findLast((one) => one.keyword === keyword)
    if (found !== undefined) return found
    stage = stageNamed(stages, stage.base, stage.index)
  }
  return null
}

/** Stages that begin with an image from elsewhere. */
export function externalBases(stages: readonly Stage[]): Stage[] {
  return stages.filter((stage) => stageNamed(stages, stage.base, stage.index) === null)
}

/** An image's name, and its tag where it has one. */
export function nameOf(image: string): { name: string; tag: string | null } {
  const [bare = ''] = image.split('@')
  const at = bare.lastIndexOf(':')
  return at > bare.lastIndexOf('/')
    ? { name: bare.slice(0, at), tag: bare.slice(at + 1) }
    : { name: bare, tag: null }
}

/** With what ARGs before the first FROM say. */
export function defaulted(image: string, globals: readonly Instruction[]): string {
  const values = new Map(
    globals.flatMap(({ properties }) => properties.map(({ name, value }) => [name, value] as const)),
  )
  return image.replaceAll(
    /\$(?:(\w+)|\{(\w+)\})/g,
    (whole, bare, braced) => values.get(bare ?? braced) ?? whole,
  )
}

/** The instructions of all stages, in their order. */
export function all(stages: readonly Stage[]): Instruction[] {
  return stages.flatMap(({ instructions }) => instructions)
}

export function isRun({ keyword }: Instruction): boolean {
  return keyword === 'RUN'
}
