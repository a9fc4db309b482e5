import type { ShellCommand } from './shell-commands.ts'

/** What a command of a package manager does for an app's dependencies; null for anything else. */
export interface Install {
  stack: 'node' | 'python' | 'go'
  manager: string
  /** Whether it takes what the lockfile says, or fails. */
  obeysLock: boolean
  /** Whether dependencies for development come with it. */
  withDev: boolean
}

export function installOf(command: ShellCommand): Install | null {
  const [program = '', verb = '', ...rest] = command.words
  const name = program.split('/').at(-1)!
  const has = (...flags: string[]) => [verb, ...rest].some((word) => flags.includes(word))
  const isProduction = command.env.NODE_ENV === 'production'
  const node = (manager: string, obeysLock: boolean, withDev: boolean): Install => ({
    ...{ stack: 'node', manager, obeysLock },
    withDev: withDev && !isProduction,
  })
  const python = (manager: string, obeysLock: boolean, withDev = false): Install => ({
    ...{ stack: 'python', manager, obeysLock, withDev },
  })
  if (name === 'npm') {
    const withDev = !has('--omit=dev', '--production', '--only=production')
    if (['ci', 'clean-install'].includes(verb)) return node('npm', true, withDev)
    if (['install', 'i', 'add'].includes(verb) && !has('--global', '-g')) return node('npm', false, withDev)
  }
  if (name === 'pnpm' && ['install', 'i'].includes(verb))
    return node('pnpm', has('--frozen-lockfile'), !has('--prod', '--production', '-P'))
  if (name === 'yarn' && (verb === '' || verb === 'install' || verb.startsWith('--')))
    return node('yarn', has('--frozen-lockfile', '--immutable'), !has('--production', '--production=true'))
  if (name === 'bun' && ['install', 'i', 'ci'].includes(verb))
    return node('bun', verb === 'ci' || has('--frozen-lockfile'), !has('--production'))
  if (name === 'uv' && verb === 'sync') return python('uv', has('--locked', '--frozen'))
  if (name === 'poetry' && ['install', 'sync', 'update'].includes(verb))
    return python('poetry', verb !== 'update')
  if (name === 'pipenv' && ['install', 'sync'].includes(verb))
    return python('pipenv', verb === 'sync' || has('--deploy'), has('--dev', '-d'))
  if (name === 'pdm' && ['install', 'sync', 'update'].includes(verb))
    return python(
      'pdm',
      verb === 'sync' || has('--check', '--frozen-lockfile'),
      !has('--prod', '--production'),
    )
  if (
    pipWords(command)?.some((word) => ['-r', '--requirement'].includes(word) || word.startsWith('-r')) ===
    true
  )
    return python('pip', true)
  if (name === 'go' && verb === 'mod' && rest[0] === 'download')
    return { stack: 'go', manager: 'go', obeysLock: true, withDev: false }
  if (name === 'go' && verb === 'get') return { stack: 'go', manager: 'go', obeysLock: false, withDev: false }
  return null
}

/** What follows `pip install`, however pip is started; null where it is not. */
export function pipWords({ words }: ShellCommand): string[] | null {
  const at = words.indexOf('install')
  if (at < 1) return null
  const isPip = /(?:^|\/)pip3?$/.test(words[0]!) || words.slice(0, at).join(' ').includes('-m pip')
  return isPip ? words.slice(at + 1) : null
}

/** Requirements that are named on the command line itself: `gunicorn==27.0.1`. */
export function pipPackages(words: readonly string[]): string[] {
  const taking = [
    '-r',
    '--requirement',
    '-c',
    '--constraint',
    '--prefix',
    '--target',
    '-t',
    '-i',
    '--index-url',
  ]
  return words.filter((word, at) => !word.startsWith('-') && !taking.includes(words[at - 1] ?? ''))
}
