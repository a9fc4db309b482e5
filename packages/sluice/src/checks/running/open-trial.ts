import { setTimeout as pause } from 'node:timers/promises'
import { requestOnce } from './request.ts'
import {
  type Dependency,
  NotStarted,
  type Reply,
  type RequestOptions,
  type RunningApp,
  type Start,
  type StartWith,
  type Trial,
  TrialOver,
} from './trial.ts'

/** Bounds of a trial: of all checks together. */
export const trialLimits = { requests: 2_000, ms: 5 * 60_000 }

/** How often the shared app is replaced because of a limit of its own. */
const MOST_REFRESHED = 10

/** How apps are started, and what they depend on; handed in by the command. */
export interface Stage {
  start(options: StartWith): Promise<Start>
  dependencies: Dependency[]
  plainEnv: Record<string, string>
}

/** A trial on a stage. `close` ends every app that is still running; call it in any case. */
export function openTrial(stage: Stage, limits = trialLimits): Trial & { close(): Promise<void> } {
  const endsAt = performance.now() + limits.ms
  const started: RunningApp[] = []
  let requests = 0
  let refreshed = 0
  let failed: Start | null = null
  let shared: Promise<RunningApp> | null = null

  async function start(options: StartWith = {}): Promise<Start> {
    refuseLate()
    const isPlain = Object.keys(options).length === 0
    // It would take as long again, and end as before.
    if (isPlain && failed !== null) return failed
    const outcome = await stage.start(options)
    if (outcome.isReady) started.push(outcome.app)
    else if (isPlain) failed = outcome
    return outcome
  }

  function refuseLate(): void {
    if (performance.now() > endsAt)
      throw new TrialOver(`the checks have had their ${limits.ms / 60_000} minutes`)
  }

  async function startShared(): Promise<RunningApp> {
    const outcome = await start()
    if (outcome.isReady) return outcome.app
    const last = outcome.printed.slice(-3).map(({ line }) => line)
    throw new NotStarted([outcome.why, ...last].join(' | '))
  }

  async function ask(app: RunningApp, path: string, options?: RequestOptions): Promise<Reply> {
    refuseLate()
    if (requests >= limits.requests)
      throw new TrialOver(`the checks have had their ${limits.requests} requests`)
    requests++
    return requestOnce(app.port, path, options)
  }

  // What one check has asked must not count against the next: a fresh one has all of its limit.
  async function refresh(app: RunningApp): Promise<void> {
    refreshed++
    const fresh = await start()
    if (!fresh.isReady) return
    const old = { ...app }
    Object.assign(app, fresh.app)
    await old.stop()
  }

  return {
    app() {
      shared ??= startShared()
      return shared
    },
    start,
    plainEnv: stage.plainEnv,
    dependencies: async () => stage.dependencies,
    async request(app, path, options) {
      const reply = await ask(app, path, options)
      if (reply.status !== 429 || app !== (await shared) || refreshed === MOST_REFRESHED) return reply
      await refresh(app)
      return ask(app, path, options)
    },
    async pause(ms) {
      await pause(ms)
    },
    async close() {
      await Promise.all(started.filter((app) => app.isRunning()).map((app) => app.stop()))
    },
  }
}
