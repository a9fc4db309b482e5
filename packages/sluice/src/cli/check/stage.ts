import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Look } from '../../checks/look/look.ts'
import type { Stage } from '../../checks/running/open-trial.ts'
import type { StartWith } from '../../checks/running/trial.ts'
import type { EnvironmentConfig } from '../../config/config.ts'
import { SluiceError } from '../../errors.ts'
import { processCommands } from '../../generators/process-commands.ts'
import { systemClock } from '../../targets/fleet/clock.ts'
import { Ports } from '../../targets/process/ports.ts'
import { processGround } from '../../targets/process/process-ground.ts'
import { releaseFolders } from '../../targets/process/release-folder.ts'
import type { ReleaseSpec } from '../../targets/target.ts'
import { relayed } from './dependencies.ts'
import { startApp } from './start-app.ts'
import { refuseForeign, trialValues } from './trial-values.ts'

const buildTimeoutMs = 15 * 60_000

/** What a trial runs on, and what has to be cleared away after it. */
export interface OpenedStage extends Stage {
  /** Where the copy is, and what it prints; gone when it is closed. */
  folder: string
  /** Variables that nobody set, filled in so that the app starts. */
  madeUp: string[]
  close(): Promise<void>
}

/**
 * A copy of the app, built as a deploy to processes builds it, and started like an instance: the same environment, the same
 * signals, loopback alone. Throws BUILD_FAILED, and USAGE where its variables lead to other machines.
 */
export async function openStage(
  look: Look,
  environment: EnvironmentConfig,
  { env: ours, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<OpenedStage> {
  const values = await trialValues(environment.env, look.schema)
  refuseForeign(values.env, environment.name)
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sluice-check-')))
  const clear = () => rm(folder, { recursive: true, force: true })
  try {
    const { command, build } = commandsOf(look, environment)
    const release = await releaseFolders.prepare({
      from: resolve(look.files.root, look.config?.build.context ?? '.'),
      releaseFolder: join(folder, 'release'),
      build: build === null ? null : { command: build, env: values.env, timeoutMs: buildTimeoutMs, signal },
      data: [],
    })
    const relays = await relayed(values.env)
    const ground = processGround({
      clock: systemClock,
      ports: new Ports(),
      ours,
      closed: new AbortController().signal,
    })
    // Whatever the environment is called: what is tried is how it behaves for users.
    const env = { ...relays.env, NODE_ENV: 'production' }
    const spec = specOf(look, { command, folder: release.folder, env })
    let starts = 0
    return {
      folder,
      madeUp: values.madeUp,
      dependencies: relays.dependencies,
      plainEnv: plainOf(environment.env, relays.env),
      start: (options) => startApp({ spec: changed(spec, options), home: folder, number: ++starts, ground }),
      async close() {
        await relays.close()
        await clear()
      },
    }
  } catch (error) {
    await clear()
    throw error
  }
}

/** What hooks of a deploy get of the app's variables, with the values of the trial. */
function plainOf(written: EnvironmentConfig['env'], values: Record<string, string>): Record<string, string> {
  const names = Object.keys(written).filter((name) => typeof written[name] === 'string')
  return Object.fromEntries(names.map((name) => [name, values[name]!]))
}

/** Those of sluice.yaml for processes; for an app that runs in containers what would run it as a process. */
function commandsOf({ detected: app, config }: Look, { target }: EnvironmentConfig) {
  const usual = processCommands(app)
  const command = config?.run.command ?? usual.run
  if (command === null) {
    throw new SluiceError('USAGE', 'nothing says what starts the app', {
      todo: 'Write run.command into sluice.yaml.',
    })
  }
  const isProcess = target === 'process' && config?.run.command != null
  return { command, build: isProcess ? (config?.build.command ?? null) : usual.build }
}

function specOf(look: Look, given: Pick<ReleaseSpec, 'command' | 'folder' | 'env'>): ReleaseSpec {
  const { run, health } = look.config!
  return {
    ...given,
    command: heard(given.command),
    release: 'r0',
    app: look.config!.app,
    environment: `${look.config!.app}/check`,
    ...(run.port === null ? {} : { port: run.port }),
    ...health,
    graceMs: run.graceMs,
    data: [],
  }
}

/**
 * A shell that is told to end does so at once, with its child still running, and nobody learns how that ended. One with a trap
 * waits for its child, and ends with the child's code.
 */
function heard(command: ReleaseSpec['command']): ReleaseSpec['command'] {
  return typeof command === 'string' ? `trap : TERM; ${command}` : command
}

function changed(spec: ReleaseSpec, { without = [], env = {} }: StartWith): ReleaseSpec {
  const kept = Object.entries({ ...spec.env, ...env }).filter(([name]) => !without.includes(name))
  return { ...spec, env: Object.fromEntries(kept) }
}
