import { join } from 'node:path'
import type { EnvironmentId } from '../../core/release.ts'
import { SluiceError } from '../../errors.ts'
import type { Target } from '../target.ts'
import { type Clock, systemClock } from './clock.ts'
import { Environment } from './environment.ts'
import { environmentFolder, safeName } from './layout.ts'
import { rotate } from './log-files.ts'
import { readLogs } from './logs.ts'
import type { Machine } from './machine.ts'
import { Ports } from './ports.ts'

/** How often logs are looked at; sooner again after one that had to be rotated. */
const ROTATE_MS = 1_000
const ROTATE_AGAIN_MS = 100

export interface ProcessTargetOptions {
  /** Absolute; the target keeps everything it has to remember in it, and nothing elsewhere. See `layout.ts`. */
  root: string
  /** What apps may inherit the allow-listed part of; default `process.env`. */
  env?: NodeJS.ProcessEnv
  clock?: Clock
}

/**
 * Runs releases as plain processes of this machine. They are nobody's children for long: they go on when we end, and
 * the next run of ours adopts them. Throws UNSUPPORTED_PLATFORM on Windows.
 */
export function openProcessTarget({
  root,
  env = process.env,
  clock = systemClock,
}: ProcessTargetOptions): Target {
  if (process.platform === 'win32') {
    throw new SluiceError(
      'UNSUPPORTED_PLATFORM',
      'the process target needs Linux or macOS, and this is Windows',
      {
        todo: 'Run Sluice inside WSL 2, or use the target "docker".',
      },
    )
  }
  const closing = new AbortController()
  const machine: Machine = { clock, ports: new Ports(), ours: env, closed: closing.signal }
  const environments = new Map<EnvironmentId, Promise<Environment>>()
  const opened: Environment[] = []

  function environmentOf(id: EnvironmentId): Promise<Environment> {
    const known = environments.get(id)
    if (known) return known
    const opening = Environment.open(root, id, machine)
    environments.set(id, opening)
    opening.then(
      (environment) => opened.push(environment),
      // What could not be read may be readable the next time.
      () => environments.delete(id),
    )
    return opening
  }

  const stopRotating = rotateRegularly(clock, () =>
    opened.flatMap((environment) => environment.runningFolders()),
  )

  return {
    can: { traffic: 'weighted', parallelReleases: true, preview: true, sticky: true, inFlight: true },

    async scale({ spec, count, fence }) {
      await (await environmentOf(spec.environment)).scale(spec, count, fence)
    },

    async crash(environment, release) {
      ;(await environmentOf(environment)).crash(safeName(release))
    },

    async observe(environment) {
      return (await environmentOf(environment)).observe()
    },

    async changed(environment, version, withinMs) {
      await (await environmentOf(environment)).changedFrom(version, withinMs)
    },

    attend(environment, closely) {
      environmentOf(environment).then(
        (it) => it.attend(closely),
        () => {}, // Whoever scales it will be told why it cannot be opened.
      )
    },

    logs(environment, options) {
      return readLogs(join(environmentFolder(root, environment), 'instances'), options, clock)
    },

    async adopt(specs) {
      const byEnvironment = Map.groupBy(specs, ({ spec }) => spec.environment)
      const adopting = [...byEnvironment].map(async ([id, its]) => (await environmentOf(id)).adopt(its))
      await Promise.all(adopting)
    },

    async forget(environment, release) {
      await (await environmentOf(environment)).forget(safeName(release))
    },

    async close() {
      closing.abort()
      stopRotating()
      await Promise.all(opened.map((environment) => environment.letGo()))
    },
  }
}

/** Looks at the logs of all running instances again and again; the returned function ends that. */
function rotateRegularly(clock: Clock, folders: () => string[]): () => void {
  let cancel = clock.after(ROTATE_MS, look)
  let isOver = false

  async function look(): Promise<void> {
    const rotated = await Promise.all(folders().map((folder) => rotate(folder).catch(() => false)))
    if (!isOver) cancel = clock.after(rotated.includes(true) ? ROTATE_AGAIN_MS : ROTATE_MS, look)
  }

  return () => {
    isOver = true
    cancel()
  }
}
