import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Look } from '../../checks/look/look.ts'
import type { Stage } from '../../checks/running/open-trial.ts'
import type { Ended, PrintedLine, RunningApp, Start, StartWith } from '../../checks/running/trial.ts'
import type { EnvironmentConfig } from '../../config/config.ts'
import { SluiceError } from '../../errors.ts'
import { processCommands } from '../../generators/process-commands.ts'
import type { Body } from '../../targets/fleet/body.ts'
import { systemClock } from '../../targets/fleet/clock.ts'
import { logFile, logStreams } from '../../targets/process/log-files.ts'
import { Ports } from '../../targets/process/ports.ts'
import { processGround } from '../../targets/process/process-ground.ts'
import { releaseFolders } from '../../targets/process/release-folder.ts'
import type { ReleaseSpec } from '../../targets/target.ts'
import { relayed } from './dependencies.ts'
import { refuseForeign, trialValues } from './trial-values.ts'

const buildTimeoutMs = 15 * 60_000
/** An app that may take longer than this to start is not waited for; the check of its start says so. */
const mostStartMs = 60_000
const lookMs = 50

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
      start: (options) => start({ spec: changed(spec, options), home: folder, number: ++starts, ground }),
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

/** Those of sluice.yaml for processes; for an app that runs in containers what would run it as a process. */
function commandsOf({ app, config }: Look, { target }: EnvironmentConfig) {
  const detected = processCommands(app)
  const command = config?.run.command ?? detected.run
  if (command === null) {
    throw new SluiceError('USAGE', 'nothing says what starts the app', {
      todo: 'Write run.command into sluice.yaml.',
    })
  }
  const isProcess = target === 'process' && config?.run.command != null
  return { command, build: isProcess ? (config?.build.command ?? null) : detected.build }
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

interface StartOrder {
  spec: ReleaseSpec
  home: string
  number: number
  ground: ReturnType<typeof processGround>
}

async function start({ spec, home, number, ground }: StartOrder): Promise<Start> {
  const id = `r0-0-${number}`
  const folder = join(home, 'instances', id)
  await mkdir(folder, { recursive: true })
  const address = (await ground.reserve(spec, id))!
  const record = {
    id,
    release: 'r0',
    slot: 0,
    startedAt: Date.now(),
    port: address.port,
    readyAt: null,
    ended: null,
  }
  const beganAt = performance.now()
  const body = await ground.start({ spec, record, folder })
  let exit: Ended | null = null
  void body.exited.then(({ code, signal }) => {
    exit = { code, signal, afterMs: performance.now() - beganAt }
  })
  const asked = await becomesReady(body, spec, () => exit !== null)
  const afterMs = performance.now() - beganAt
  if (asked.isReady)
    return {
      isReady: true,
      app: runningApp({ body, folder, port: address.port, readyAfterMs: afterMs, spec }),
    }
  const ended = exit
  if (ended === null) await body.end(spec.graceMs)
  ground.letGo(record)
  const why = whyNot(ended, afterMs, asked.found)
  return { isReady: false, ended, printed: printedIn(folder), afterMs, why }
}

function whyNot(exit: Ended | null, afterMs: number, found: string): string {
  const after = `after ${(afterMs / 1_000).toFixed(1)} s`
  if (exit === null) return `it was not ready ${after}: ${found}`
  return exit.code === null
    ? `it was ended by ${exit.signal} ${after}`
    : `it ended with exit code ${exit.code} ${after}`
}

/** Ready twice in a row, as a rollout wants it; and what its readiness answered last. */
async function becomesReady(
  body: Body,
  spec: ReleaseSpec,
  isOver: () => boolean,
): Promise<{ isReady: boolean; found: string }> {
  const budgetMs = Math.min(mostStartMs, spec.startup.periodMs * spec.startup.failures)
  const endsAt = performance.now() + budgetMs
  let last = { isOk: false, found: 'nothing was asked' }
  for (let successes = 0; performance.now() < endsAt && !isOver(); await pause(lookMs)) {
    last = await body.ask(spec.readiness)
    successes = last.isOk ? successes + 1 : 0
    if (successes === 2) return { isReady: !isOver(), found: last.found }
  }
  const { path } = spec.readiness
  return { isReady: false, found: path === undefined ? last.found : `GET ${path}: ${last.found}` }
}

interface Ready {
  body: Body
  folder: string
  port: number
  readyAfterMs: number
  spec: ReleaseSpec
}

function runningApp({ body, folder, port, readyAfterMs, spec }: Ready): RunningApp {
  let isRunning = true
  void body.exited.then(() => {
    isRunning = false
  })
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    readyAfterMs,
    printed: () => printedIn(folder),
    isRunning: () => isRunning,
    async stop() {
      const beganAt = performance.now()
      await body.end(spec.graceMs)
      const { code, signal } = await body.exited
      return { code, signal, afterMs: performance.now() - beganAt }
    },
  }
}

function printedIn(folder: string): PrintedLine[] {
  return logStreams.flatMap((stream) =>
    linesOf(logFile(folder, stream)).map((line): PrintedLine => ({ stream, line })),
  )
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    // Nothing was printed yet.
    return []
  }
}
