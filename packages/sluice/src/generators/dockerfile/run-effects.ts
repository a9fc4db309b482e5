import { posix } from 'node:path'
import type { BuildContext } from './finding.ts'
import { installOf, pipPackages, pipWords } from './installs.ts'
import type { Instruction } from './instructions.ts'
import { type ShellCommand, shellCommands } from './shell-commands.ts'
import { absolute, add, isBelow, type StageState } from './stage-state.ts'

/** Plays a RUN: what is well known has its effect; after anything else there may be more than is known. */
export function run(state: StageState, instruction: Instruction, context: BuildContext): void {
  if (instruction.hasHeredoc) {
    state.open.add('/')
    return
  }
  let at = state
  for (const command of shellCommands(instruction)) {
    const [program = '', ...words] = command.words
    // Of this line alone.
    if (program === 'cd') at = { ...at, workdir: absolute(at, words[0] ?? '/') }
    else if (!play(at, command, instruction.line, context)) state.open.add('/')
    if (command.writes !== null) add(state, absolute(at, command.writes), { user: state.user })
  }
}

/** Whether it was known. */
function play(state: StageState, command: ShellCommand, line: number, context: BuildContext): boolean {
  const [program = '', ...words] = command.words
  const name = posix.basename(program)
  const paths = words.filter((word) => !word.startsWith('-')).map((word) => absolute(state, word))
  const install = installOf(command)
  if (install?.stack === 'node') {
    const folder = absolute(state, 'node_modules')
    add(state, folder, { user: state.user })
    if (install.withDev && state.env.get('NODE_ENV') !== 'production') state.development.add(folder)
    else state.development.delete(folder)
    bring(state, `${folder}/.bin`, context)
    return true
  }
  const pip = pipWords(command)
  if (install?.stack === 'python' || pip !== null) {
    const folder = environmentOf(state, command)
    for (const one of pip === null ? [] : pipPackages(pip))
      add(state, `${folder}/${one.split(/[=<>~![;]/)[0]}`)
    if (install !== null || pip?.includes('.')) bring(state, folder, context)
    return true
  }
  if (install?.stack === 'go') return true
  switch (name) {
    case 'npm':
    case 'pnpm':
    case 'yarn':
    case 'bun':
      return manage(state, words, context)
    case 'apt-get':
    case 'apt':
    case 'apk':
      for (const one of words.filter((word) => !word.startsWith('-')).slice(1)) {
        const bare = one.split('=')[0]!
        for (const command of packagePrograms[bare] ?? [bare]) state.commands.add(command)
        if (isCompiler(bare)) state.compilers.set(bare, line)
      }
      return true
    case 'go': {
      const out = words.indexOf('-o')
      if (words[0] === 'build' && out !== -1)
        add(state, absolute(state, words[out + 1] ?? '.'), { user: state.user })
      else if (words[0] === 'build') state.open.add(state.workdir)
      return ['build', 'vet', 'test', 'mod', 'env', 'version'].includes(words[0] ?? '')
    }
    case 'python':
    case 'python3':
      if (words[0] === '-m' && words[1] === 'venv') {
        for (const one of ['python', 'python3', 'pip', 'pip3'])
          add(state, `${absolute(state, words.at(-1)!)}/bin/${one}`)
        return true
      }
      // Django's: it writes where the settings say.
      if (words.includes('collectstatic')) {
        state.open.add(state.workdir)
        return true
      }
      return false
    case 'mkdir':
      for (const path of paths) add(state, path, { user: state.user })
      return true
    case 'rm':
      if (paths.some((path) => /[*?[]/.test(path))) return true
      for (const path of paths)
        for (const known of [...state.paths.keys()]) if (isBelow(known, path)) state.paths.delete(known)
      return true
    case 'chown': {
      const [owner = '', ...targets] = words.filter((word) => !word.startsWith('-'))
      for (const target of targets.map((word) => absolute(state, word))) {
        add(state, target, { user: owner.split(':')[0]! })
        for (const [known, owned] of state.paths)
          if (isBelow(known, target)) state.paths.set(known, { ...owned, user: owner.split(':')[0]! })
      }
      return true
    }
    case 'find':
      // Which are left depends on the words: all that were there may be.
      if (words.includes('-delete')) openPaths(state)
      return true
    case 'chmod':
    case 'touch':
    case 'printf':
    case 'echo':
    case 'true':
    case 'test':
    case 'set':
    case 'useradd':
    case 'adduser':
    case 'groupadd':
    case 'addgroup':
    case 'corepack':
      if (name === 'touch') for (const path of paths) add(state, path, { user: state.user })
      if (name === 'corepack') for (const one of ['pnpm', 'yarn']) state.commands.add(one)
      return name !== 'chmod' || !words.includes('-R')
    default:
      return false
  }
}

const packagePrograms: Record<string, string[]> = {
  'build-essential': ['gcc', 'g++', 'make'],
  'build-base': ['gcc', 'g++', 'make'],
  nodejs: ['node', 'nodejs'],
  python3: ['python3'],
  'netcat-openbsd': ['nc'],
  procps: ['ps'],
  'postgresql-client': ['psql'],
}

function isCompiler(name: string): boolean {
  return /^(?:build-essential|build-base|gcc|g\+\+|clang|make|cmake|rustc|cargo|golang.*|.*-dev)$/.test(name)
}

function manage(state: StageState, words: string[], context: BuildContext): boolean {
  const [verb = ''] = words
  const isGlobal = words.includes('--global') || words.includes('-g')
  if (['install', 'i', 'add'].includes(verb) && isGlobal) {
    for (const word of words.slice(1).filter((one) => !one.startsWith('-'))) {
      const name = word.replace(/(?<=.)@.*$/, '')
      state.commands.add(name === '@yarnpkg/cli-dist' ? 'yarn' : name)
    }
    return true
  }
  const folder = absolute(state, 'node_modules')
  if (verb === 'prune' || (verb === 'workspaces' && words[1] === 'focus')) {
    state.development.delete(folder)
    return true
  }
  if (verb === 'run' || ['build'].includes(verb)) {
    // It writes where its script says; what it wrote may be anywhere in the app.
    state.open.add(state.workdir)
    bring(state, `${folder}/.bin`, context)
    return true
  }
  return ['cache', 'config', 'version', '--version', 'audit', 'fetch'].includes(verb)
}

/** Programs of dependencies: by name where they are known, else any. */
function bring(state: StageState, folder: string, { commands }: BuildContext): void {
  if (commands === undefined) state.open.add(folder)
  else for (const command of commands) add(state, `${folder}/${command}`, { user: state.user })
}

/** Where an install puts programs: beside the pip that was called, or in the environment that is active. */
function environmentOf(state: StageState, { words }: ShellCommand): string {
  const told = words[words.indexOf('--python') + 1]
  if (words.includes('--python') && told !== undefined) return posix.dirname(told)
  if (words[0]!.startsWith('/')) return posix.dirname(words[0]!)
  const environment = state.env.get(words[0] === 'uv' ? 'UV_PROJECT_ENVIRONMENT' : 'VIRTUAL_ENV')
  if (environment !== undefined) return `${environment}/bin`
  return words[0] === 'uv' ? absolute(state, '.venv/bin') : '/usr/local/bin'
}

function openPaths(state: StageState): void {
  state.open.add(state.workdir)
  for (const known of [...state.paths.keys()])
    if (known !== state.workdir && isBelow(known, state.workdir)) state.paths.delete(known)
}
