import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Ended, PrintedLine, RunningApp, Start } from '../../checks/running/trial.ts'
import type { Body } from '../../targets/fleet/body.ts'
import { logFile, logStreams } from '../../targets/process/log-files.ts'
import type { processGround } from '../../targets/process/process-ground.ts'
import type { ReleaseSpec } from '../../targets/target.ts'

/** An app that may take longer than this to start is not waited for; the check of its start says so. */
const mostStartMs = 60_000
const lookMs = 50

/** What is started, and where. */
export interface StartOrder {
  spec: ReleaseSpec
  home: string
  number: number
  ground: ReturnType<typeof processGround>
}

/** Starts one instance, and waits until it is ready, has ended, or its time is over; then it is ended. */
export async function startApp({ spec, home, number, ground }: StartOrder): Promise<Start> {
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
