import { posix } from 'node:path'
import { copyInto } from './copy-effects.ts'
import type { BuildContext, DockerfileFinding } from './finding.ts'
import { installOf } from './installs.ts'
import { type Instruction, parseDockerfile, probeOf, type Stage, stageNamed } from './instructions.ts'
import { type KnownBase, knownBase } from './known-bases.ts'
import { run } from './run-effects.ts'
import { secretOf } from './secret-name.ts'
import { shellCommands } from './shell-commands.ts'
import { type SimulatorId, simulatorTags } from './simulator-id.ts'
import {
  absolute,
  add,
  beginning,
  copyOf,
  hasCommand,
  isBelow,
  ownerOf,
  type StageState,
} from './stage-state.ts'

/** Notes what is wrong, once for each line and id. */
type Note = (id: SimulatorId, line: number, message: string, verdict?: 'fail' | 'unknown') => void

/**
 * Plays a Dockerfile without an engine, and says what would not work. What depends on something that is not known, such as
 * an image that no table has, is `unknown` and never `fail`.
 */
export function simulate(dockerfile: string, context: BuildContext): DockerfileFinding[] {
  const { globals, stages } = parseDockerfile(dockerfile)
  const found = new Map<string, DockerfileFinding>()
  const note: Note = (id, line, message, verdict = 'fail') => {
    found.set(`${line} ${id} ${message}`, { id, line, verdict, message, tags: simulatorTags[id] })
  }
  for (const one of globals) noteSecrets(one, note)
  const defaults = new Map(
    globals.flatMap(({ properties }) => properties.map(({ name, value }) => [name, value] as const)),
  )
  const played: Played[] = []
  for (const stage of stages) played.push(play(stage, { stages, played, defaults, context, note }))
  const last = played.at(-1)
  if (last !== undefined) judge(last, note)
  return [...found.values()].toSorted((a, b) => a.line - b.line || a.id.localeCompare(b.id))
}

interface Played {
  stage: Stage
  state: StageState
  base: KnownBase | null
  cmd: Instruction | null
  entrypoint: Instruction | null
  healthcheck: Instruction | null
  volumes: { path: string; line: number }[]
}

interface World {
  stages: Stage[]
  played: Played[]
  defaults: Map<string, string | null>
  context: BuildContext
  note: Note
}

function play(stage: Stage, world: World): Played {
  const { stages, played, note } = world
  const above = stageNamed(stages, stage.base, stage.index)
  const inherited = above === null ? null : played[above.index]!
  const base =
    inherited?.base ?? (above === null ? knownBase(withDefaults(stage.base, world.defaults)) : null)
  const state = inherited === null ? beginning(base) : copyOf(inherited.state)
  const now: Played = {
    ...{ stage, state, base },
    cmd: inherited?.cmd ?? null,
    entrypoint: inherited?.entrypoint ?? null,
    healthcheck: inherited?.healthcheck ?? null,
    volumes: [],
  }
  // Only an image from outside brings its compiler; a stage of one's own has said so above.
  if (base?.isForBuilding === true && inherited === null) state.compilers.set(stage.base, stage.from.line)
  for (const instruction of stage.instructions) take(now, instruction, world)
  for (const { path, line } of now.volumes) {
    const owner = ownerOf(state, path)
    if (isSomebody(state.user) && owner !== null && isRoot(owner.user))
      note('SIM-PERMISSION', line, `${path} is written to by ${state.user}, and belongs to root`)
  }
  return now
}

function take(
  now: Played,
  instruction: Instruction,
  { stages, played, defaults, context, note }: World,
): void {
  const { state } = now
  const { keyword, text, line } = instruction
  switch (keyword) {
    case 'WORKDIR': {
      const path = expanded(unquoted(text), state)
      if (!path.startsWith('/') && !path.includes('$') && state.hasWorkdir === false)
        note('SIM-WORKDIR', line, `WORKDIR ${text} is relative to a folder that nobody has named`)
      state.workdir = absolute(state, path)
      state.hasWorkdir = true
      // Made where it is not there, and by root whoever the user is.
      if (ownerOf(state, state.workdir) === null) add(state, state.workdir)
      break
    }
    case 'ENV':
      noteSecrets(instruction, note)
      for (const { name, value } of instruction.properties) state.env.set(name, expanded(value ?? '', state))
      break
    case 'ARG':
      noteSecrets(instruction, note)
      for (const { name, value } of instruction.properties) {
        const given = value ?? defaults.get(name) ?? null
        // ENV of the same name wins, whichever comes first.
        if (given !== null && !state.env.has(name)) state.env.set(name, expanded(given, state))
      }
      break
    case 'USER':
      state.user = expanded(text.trim(), state).split(':')[0]!
      break
    case 'SHELL': {
      state.hasShell = 'yes'
      break
    }
    case 'VOLUME':
      for (const path of instruction.json ?? text.split(/\s+/))
        now.volumes.push({ path: absolute(state, expanded(path, state)), line })
      break
    case 'COPY':
    case 'ADD':
      copyInto(state, instruction, {
        stages,
        played,
        context,
        before: now.stage.index,
        note: (id, message) => note(id, line, message),
      })
      break
    case 'RUN':
      if (instruction.json === null && state.hasShell === 'no')
        note('SIM-SHELL', line, 'RUN needs a shell, and the image has none')
      noteUnwritable(state, instruction, note)
      run(state, instruction, context)
      break
    case 'CMD':
      now.cmd = instruction
      break
    case 'ENTRYPOINT':
      // What the image above said to run is no argument of another program.
      if (!now.stage.instructions.includes(now.cmd!)) now.cmd = null
      now.entrypoint = instruction
      break
    case 'HEALTHCHECK':
      now.healthcheck = instruction
      break
  }
}

function judge({ state, base, cmd, entrypoint, healthcheck }: Played, note: Note): void {
  const starts = entrypoint ?? cmd
  if (starts !== null) noteProgram(state, starts, 'SIM-COMMAND', note)
  const probe = healthcheck === null ? null : probeOf(healthcheck)
  if (probe !== null) noteProgram(state, probe, 'SIM-PROBE', note)
  for (const [name, line] of state.compilers)
    note('SIM-FINAL', line, `${name} is for building, and is in the stage that runs`)
  const line = starts?.line ?? 1
  for (const folder of state.development)
    note('SIM-FINAL', line, `${folder} of the stage that runs has packages that are for development`)
  if (!isSomebody(state.user) || base === null) return
  const program = starts === null ? [] : (shellCommands(starts)[0]?.words ?? [])
  const inside = [...state.paths.keys()].filter((path) => isBelow(path, state.workdir))
  for (const path of [state.workdir, ...inside, ...program.filter((word) => word.startsWith('/'))]) {
    const owner = ownerOf(state, path)
    const isClosed = owner?.mode?.endsWith('00') === true && owner.user !== state.user
    if (!isClosed && !isBelow(path, '/root')) continue
    note('SIM-PERMISSION', line, `${path} cannot be read by ${state.user}`)
    return
  }
}

function noteProgram(
  state: StageState,
  starts: Instruction,
  id: 'SIM-COMMAND' | 'SIM-PROBE',
  note: Note,
): void {
  if (starts.json === null && state.hasShell === 'no') {
    note('SIM-SHELL', starts.line, `${starts.keyword} needs a shell, and the image has none`)
    return
  }
  const shell = starts.json?.[0]
  const programs = shellCommands(starts).map(({ words }) => words[0]!)
  // A shell that is named is a program too.
  const all = new Set([...(shell === undefined ? [] : [shell]), ...programs.slice(0, 1)])
  for (const name of all) {
    if (builtIns.has(name) || name.includes('$')) continue
    const answer = hasCommand(state, name)
    if (answer === 'no') note(id, starts.line, `${name} is not in the image: ${whereLooked(state, name)}`)
    if (answer === 'unknown')
      note(id, starts.line, `whether ${name} is in the image cannot be told from here`, 'unknown')
  }
}

const builtIns = new Set([
  'cd',
  'exit',
  'export',
  'set',
  'test',
  '[',
  'true',
  'false',
  ':',
  'if',
  'for',
  'while',
  'until',
  '(',
  '{',
])

function whereLooked({ env, workdir }: StageState, name: string): string {
  return name.includes('/')
    ? `there is no such file, seen from ${workdir}`
    : `looked for in ${env.get('PATH')}`
}

/** An install or a build writes where it is. */
function noteUnwritable(state: StageState, instruction: Instruction, note: Note): void {
  if (!isSomebody(state.user)) return
  const owner = ownerOf(state, state.workdir)
  if (owner === null || !isRoot(owner.user)) return
  for (const command of shellCommands(instruction)) {
    const [program = '', verb = ''] = command.words
    const writes =
      installOf(command)?.stack === 'node' ||
      (['npm', 'pnpm', 'yarn', 'bun'].includes(program) && verb === 'run') ||
      (['mkdir', 'touch'].includes(program) &&
        command.words.slice(1).some((word) => !word.startsWith('/') && !word.startsWith('-')))
    if (writes)
      note(
        'SIM-PERMISSION',
        instruction.line,
        `${state.workdir} is written to by ${state.user}, and belongs to root`,
      )
  }
}

function noteSecrets({ keyword, properties, line }: Instruction, note: Note): void {
  for (const { name, value } of properties) {
    const why = keyword === 'LABEL' ? null : secretOf(name, value)
    if (why !== null)
      note('SIM-SECRET', line, `${keyword} ${name} can be read from the image by everybody who has it`)
  }
}

function isSomebody(user: string): boolean {
  return !isRoot(user) && !user.includes('$')
}

function isRoot(user: string): boolean {
  return user === '0' || user === 'root' || user === ''
}

function expanded(text: string, { env }: StageState): string {
  return text
    .replaceAll(/(?<!\\)\$(?:(\w+)|\{(\w+)\})/g, (whole, bare, braced) => env.get(bare ?? braced) ?? whole)
    .replaceAll(/\\(.)/g, '$1')
}

function withDefaults(text: string, defaults: Map<string, string | null>): string {
  return text.replaceAll(
    /\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})/g,
    (whole, bare, braced, otherwise) => defaults.get(bare ?? braced) ?? otherwise ?? whole,
  )
}

function unquoted(text: string): string {
  return posix.normalize(text.trim().replace(/^(["'])(.*)\1$/s, '$2'))
}
