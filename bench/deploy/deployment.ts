import { setTimeout as sleep } from 'node:timers/promises'
import { lost } from '../../test/e2e/yard.ts'
import type { Load } from '../load.ts'

/** What one deploy cost, and what the users noticed of it. */
export interface Deployment {
  /** From the start of the command to the last answer that the old version gave to anybody. */
  movedMs: number
  /** From the start of the command to its end. */
  commandMs: number
  /** In which the app itself starts, when nobody deploys it: as often as the deploy has to wait for it. */
  startMs: number
  sent: number
  /** One line for each request that got no answer, a broken one, or a 5xx. */
  lost: string[]
  /** GETs whose idle connection the server had closed; a browser sends them again unseen. */
  sentAgain: number
}

/** The users during every deploy. */
export const users = {
  connections: 16,
  /** Enough that a version that answers at all is met every 3.3 ms. */
  requestsPerSecond: 300,
  /** A third on fresh connections: who accepts new ones, and who still serves the old ones, are both seen. */
  freshShare: 1 / 3,
  timeoutMs: 5_000,
}

const STEADY_MS = 500
/** No answer of the old version for so long, after the command's end, means that there will be none. */
const QUIET_MS = 300
const LIMIT_MS = 30_000

interface Wanted {
  load: Load
  startMs: number
  from: string
  to: string
  command: () => Promise<void>
}

/** Runs the command under a load that it then stops. Throws when the new version is not alone in time. */
export async function deployUnder({ load, startMs, from, to, command }: Wanted): Promise<Deployment> {
  try {
    await sleep(STEADY_MS)
    const startedAt = Date.now()
    await command()
    const commandMs = Date.now() - startedAt
    const lastOfOldAt = await untilAlone(load, from, to)
    const report = await load.stop()
    return {
      movedMs: lastOfOldAt - startedAt,
      commandMs,
      startMs,
      sent: report.sent,
      lost: lost(report),
      sentAgain: report.staleRetries,
    }
  } finally {
    await load.stop()
  }
}

async function untilAlone(load: Load, from: string, to: string): Promise<number> {
  const deadline = Date.now() + LIMIT_MS
  while (Date.now() < deadline) {
    await sleep(50)
    const { releases } = load.snapshot()
    const old = releases[from]
    if (old === undefined)
      throw new Error(`wanted answers of ${from} before the deploy, found ${Object.keys(releases)}`)
    if (releases[to] !== undefined && Date.now() - old.lastAt > QUIET_MS) return old.lastAt
  }
  throw new Error(`${from} still answered ${LIMIT_MS} ms after the command to replace it by ${to} had ended`)
}
