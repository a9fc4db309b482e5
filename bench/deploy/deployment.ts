import { setTimeout as sleep } from 'node:timers/promises'
import type { Load, LoadReport } from '../load.ts'

/** What one deploy cost, and what the users noticed of it. */
export interface Deployment {
  /**
   * From the start of the command until the new version answers alone: the last answer of the old one, or the first of
   * the new one where nobody answered in between.
   */
  movedMs: number
  /** From the start of the command to its end. */
  commandMs: number
  /** In which the app itself starts, when nobody deploys it: as often as the deploy has to wait for it. */
  startMs: number
  sent: number
  /** How many requests got no answer, a broken one, or a 5xx, by how: `refused`, `timeout`, `503`. */
  lost: Record<string, number>
  /** The longest time in which nobody got any answer. */
  silenceMs: number
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
    const aloneAt = await untilAlone(load, from, to)
    const report = await load.stop()
    return {
      movedMs: aloneAt - startedAt,
      commandMs,
      startMs,
      sent: report.sent,
      lost: lostOf(report),
      silenceMs: report.longestGapMs,
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
    const [old, young] = [releases[from], releases[to]]
    if (old === undefined)
      throw new Error(`wanted answers of ${from} before the deploy, found ${Object.keys(releases)}`)
    if (young !== undefined && Date.now() - old.lastAt > QUIET_MS) return Math.max(old.lastAt, young.firstAt)
  }
  throw new Error(`${from} still answered ${LIMIT_MS} ms after the command to replace it by ${to} had ended`)
}

function lostOf({ byStatus, failed, failedCount }: LoadReport): Record<string, number> {
  const lost = Object.fromEntries(Object.entries(byStatus).filter(([status]) => Number(status) >= 500))
  for (const { kind } of failed) lost[kind] = (lost[kind] ?? 0) + 1
  // The load remembers how for the first thousand only.
  const untold = failedCount - failed.length
  return untold === 0 ? lost : { ...lost, 'not told how': untold }
}
