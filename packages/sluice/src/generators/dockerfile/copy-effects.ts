import { posix } from 'node:path'
import ignore from '@balena/dockerignore'
import type { BuildContext } from './finding.ts'
import { copied, flag, type Instruction, type Stage, stageNamed } from './instructions.ts'
import type { SimulatorId } from './simulator-id.ts'
import { absolute, add, hasPath, isBelow, type StageState } from './stage-state.ts'

interface From {
  stages: readonly Stage[]
  played: readonly { state: StageState }[]
  context: BuildContext
  /** The stage that copies. */
  before: number
  note: (id: SimulatorId, message: string) => void
}

/** Plays a COPY or ADD: what is there afterwards, and what was to be copied and is not there. */
export function copyInto(state: StageState, instruction: Instruction, world: From): void {
  const { sources, to } = copied(instruction)
  if (!to.startsWith('/') && !to.includes('$') && state.hasWorkdir === false)
    world.note('SIM-WORKDIR', `${to} is relative to a folder that nobody has named: there is no WORKDIR`)
  const owned = {
    user: flag(instruction, 'chown')?.split(':')[0] ?? '0',
    mode: flag(instruction, 'chmod'),
  }
  const isFolder = to.endsWith('/') || to === '.' || sources.length > 1
  const target = { state, to: absolute(state, to), isFolder, owned }
  if (instruction.hasHeredoc || to.includes('$')) {
    add(state, target.to, owned)
    return
  }
  const from = flag(instruction, 'from')
  const stage = from === null ? null : stageNamed(world.stages, from, world.before)
  for (const source of sources) {
    if (source.includes('$') || /^(?:https?|git):|^git@|\.git(?:#|$)/.test(source)) state.open.add(target.to)
    else if (stage !== null)
      fromStage(world.played[stage.index]!.state, posix.resolve('/', source), target, world)
    // Another image: it has what it has.
    else if (from !== null) arrive(target, posix.basename(source), true)
    else fromContext(source, target, world, instruction.keyword === 'ADD')
  }
}

interface Target {
  state: StageState
  to: string
  isFolder: boolean
  owned: { user: string; mode: string | null }
}

function fromStage(there: StageState, source: string, target: Target, { note }: From): void {
  const answer = hasPath(there, globFree(source))
  if (answer === 'no') note('SIM-SOURCE', `${source} is not in the stage that it is copied from`)
  const below = [...there.paths.keys()].filter((path) => isBelow(path, source))
  const isFile = below.length === 1 && below[0] === source
  const at = isFile && target.isFolder ? posix.join(target.to, posix.basename(source)) : target.to
  add(target.state, at, target.owned)
  for (const path of below)
    add(target.state, posix.join(at, posix.relative(source, path)), {
      ...there.paths.get(path),
      ...target.owned,
    })
  for (const folder of there.open) {
    if (isBelow(source, folder)) target.state.open.add(at)
    else if (isBelow(folder, source)) target.state.open.add(posix.join(at, posix.relative(source, folder)))
  }
  for (const folder of there.development)
    if (isBelow(folder, source)) target.state.development.add(posix.join(at, posix.relative(source, folder)))
}

function fromContext(written: string, target: Target, { context, note }: From, mayUnpack: boolean): void {
  const source = posix.normalize(written.replace(/^\/+/, '') || '.').replace(/\/$/, '')
  const filter = ignore.default({ ignorecase: false }).add(context.dockerignore ?? '')
  const all = context.files.filter((file) => matches(file, source))
  const sent = all.filter((file) => !filter.ignores(file))
  if (all.length === 0 && source !== '.') {
    note('SIM-SOURCE', `${written} is not in the folder that is built from`)
    return
  }
  if (sent.length === 0 && source !== '.') {
    note('SIM-SOURCE', `${written} is kept out by the ignore file`)
    return
  }
  for (const file of sent) {
    const isItself =
      file === source || (isPattern(source) && file.split('/').length === source.split('/').length)
    const rest = isItself ? posix.basename(file) : relativeTo(file, source)
    const path = isItself && !target.isFolder ? target.to : posix.join(target.to, rest)
    add(target.state, path, target.owned)
    if (mayUnpack && /\.(?:tar|tgz|tar\.\w+)$/.test(file)) target.state.open.add(target.to)
  }
}

function matches(file: string, source: string): boolean {
  if (source === '.') return true
  if (!isPattern(source)) return isBelow(file, source)
  const depth = source.split('/').length
  // Docker's patterns and those of the ignore file are the same language.
  return ignore
    .default({ ignorecase: false })
    .add([source])
    .ignores(file.split('/').slice(0, depth).join('/'))
}

function relativeTo(file: string, source: string): string {
  if (source === '.') return file
  return file.split('/').slice(source.split('/').length).join('/')
}

function arrive({ state, to, isFolder, owned }: Target, name: string, isOpen: boolean): void {
  const path = isFolder ? posix.join(to, name) : to
  add(state, path, owned)
  if (isOpen) state.open.add(path)
}

function isPattern(source: string): boolean {
  return /[*?[]/.test(source)
}

function globFree(source: string): string {
  return isPattern(source) ? posix.dirname(source.slice(0, source.search(/[*?[]/) + 1)) : source
}
