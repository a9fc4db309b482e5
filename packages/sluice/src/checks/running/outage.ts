import { attempt } from './attempt.ts'
import { withOwnApp } from './own-app.ts'
import type { RunningApp, Trial } from './trial.ts'

const NO_PATH = '/sluice-check-no-such-path'
const POLLS = 24
const POLL_MS = 500

/** What a path answered. */
export interface Seen {
  path: string
  /** Null where there was no answer. */
  status: number | null
  headers: Record<string, string>
  body: string
}

/** What the app said of itself while one of its dependencies was cut off. */
export interface DuringOutage {
  variable: string
  kind: string
  seen: Seen[]
  /** Whether readiness was again as before, within a while after the end of it. */
  hasRecovered: boolean
  isRunning: boolean
}

export interface Outages {
  /** While all was there: those that have an answer of their own. */
  before: Seen[]
  /** Those that are answered as any path is, which means that there is nothing. */
  absent: Seen[]
  /** One after the other; empty where no dependency stands behind a relay. */
  during: DuringOutage[]
}

const known = new WeakMap<Trial, Promise<Outages>>()

/** Cuts off each dependency in turn, and asks `paths`, the first of which is readiness. Done once for each trial, as it takes seconds. */
export function outages(trial: Trial, paths: readonly string[]): Promise<Outages> {
  let found = known.get(trial)
  if (found === undefined) {
    found = withOwnApp(trial, {}, (app) => tryOutages(trial, app, paths))
    known.set(trial, found)
  }
  return found
}

async function tryOutages(trial: Trial, app: RunningApp, paths: readonly string[]): Promise<Outages> {
  const [nothing, ...all] = await ask(trial, app, [NO_PATH, ...paths])
  const isNothing = ({ status, body }: Seen) =>
    status === 404 || (status === nothing!.status && body === nothing!.body)
  const before = all.filter((one) => !isNothing(one))
  // What is not there is not asked again and again.
  const present = before.map(({ path }) => path)
  const during: DuringOutage[] = []
  for (const { variable, kind, cut, restore } of await trial.dependencies()) {
    if (!app.isRunning()) break
    cut()
    let seen: Seen[] = []
    try {
      seen = await waitFor(trial, app, present, (now) => hasChanged(before, now, paths[0]!))
    } finally {
      restore()
    }
    const isRunning = app.isRunning()
    const ready = before.find(({ path }) => path === paths[0])?.status ?? null
    const after = await waitFor(trial, app, [paths[0]!], ([now]) => now!.status === ready)
    during.push({ variable, kind, seen, isRunning, hasRecovered: after[0]!.status === ready })
  }
  return { before, absent: all.filter(isNothing), during }
}

async function waitFor(
  trial: Trial,
  app: RunningApp,
  paths: readonly string[],
  isEnough: (seen: Seen[]) => boolean,
): Promise<Seen[]> {
  let seen = await ask(trial, app, paths)
  for (let poll = 0; poll < POLLS && !isEnough(seen); poll++) {
    await trial.pause(POLL_MS)
    seen = await ask(trial, app, paths)
  }
  return seen
}

async function ask(trial: Trial, app: RunningApp, paths: readonly string[]): Promise<Seen[]> {
  const seen: Seen[] = []
  for (const path of paths) {
    const reply = await attempt(trial, app, path, { headers: { accept: 'application/json' } })
    seen.push(
      reply.status === null
        ? { path, status: null, headers: {}, body: '' }
        : { path, status: reply.status, headers: reply.headers, body: reply.body },
    )
  }
  return seen
}

// Readiness decides; an app that only warns of it says so in the status of some other answer.
function hasChanged(before: Seen[], now: Seen[], readiness: string): boolean {
  const was = (path: string) => before.find((one) => one.path === path)?.status
  const ready = now.find(({ path }) => path === readiness)
  return ready === undefined
    ? now.some(({ path, status }) => status !== was(path))
    : ready.status !== was(readiness)
}
