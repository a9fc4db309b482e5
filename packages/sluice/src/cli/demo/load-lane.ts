import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { exchange, type LoadAnswer, type LoadMethod, type Outcome } from './load-exchange.ts'
import { countAnswer, countFailure, type Tally } from './load-tally.ts'

export interface LaneSettings {
  hostname: string
  port: number
  getPath: string
  postPath: string
  /** The Host header, where it is not that of the address. */
  host: string | undefined
  /** How many lanes there are. */
  lanes: number
  freshShare: number
  methods: readonly LoadMethod[]
  timeoutMs: number
  check: (answer: LoadAnswer) => string | undefined
}

export interface Lane {
  /** 0-based. */
  number: number
  settings: LaneSettings
  tally: Tally
  /** Takes the next request off the schedule: monotonic milliseconds, or undefined for at once. */
  dueAt: () => number | undefined
  stopping: AbortSignal
}

/** Keeps a refusing server from being asked thousands of times per lane and second. */
const PAUSE_AFTER_FAILURE_MS = 10

/** A connection for each request, closed afterwards. */
const freshAgent = new Agent({ keepAlive: false })

/** One user: one request after the other until told to stop, then finishes what is under way. */
export async function runLane({ number, settings, tally, dueAt, stopping }: Lane): Promise<void> {
  const keptAgent = new Agent({ keepAlive: true, maxSockets: 1 })
  // Lanes begin at different places, or all would open a fresh connection, and all would POST, at the same moment.
  let freshDue = number / settings.lanes
  for (let turn = number; ; turn++) {
    const due = dueAt()
    if (due !== undefined) await until(due, stopping)
    if (stopping.aborted) break

    freshDue += settings.freshShare
    const isFresh = freshDue >= 1
    if (isFresh) freshDue -= 1
    const wanted = {
      method: settings.methods[turn % settings.methods.length] ?? 'GET',
      agent: isFresh ? freshAgent : keptAgent,
      body: `${turn} `.padEnd(100, 'x'),
      settings,
      tally,
    }
    const isAnswered = await sendAndCount(wanted, due ?? performance.now())
    if (!isAnswered) await sleep(PAUSE_AFTER_FAILURE_MS)
  }
  keptAgent.destroy()
}

async function until(due: number, stopping: AbortSignal): Promise<void> {
  const waitMs = due - performance.now()
  if (waitMs > 0) await sleep(waitMs, undefined, { signal: stopping }).catch(() => {})
}

interface Wanted {
  method: LoadMethod
  agent: Agent
  body: string
  settings: LaneSettings
  tally: Tally
}

/** True when a whole answer came, whatever its status. */
async function sendAndCount(wanted: Wanted, startedMs: number): Promise<boolean> {
  const { tally, method } = wanted
  tally.sent++
  const outcome = checked(await send(wanted), wanted.settings)
  if (outcome.kind === 'answered') {
    const nowMs = performance.now()
    countAnswer(tally, outcome.answer, nowMs - startedMs, nowMs)
    return true
  }
  countFailure(tally, { at: Date.now(), kind: outcome.failure, method, detail: outcome.detail })
  return false
}

type Settled = Exclude<Outcome, { kind: 'stale' | 'notSent' }>

function checked(outcome: Settled, { check }: LaneSettings): Settled {
  if (outcome.kind === 'failed') return outcome
  const complaint = check(outcome.answer)
  return complaint === undefined ? outcome : { kind: 'failed', failure: 'badAnswer', detail: complaint }
}

/** Sends again where the server cannot have read the request, and counts how often. */
async function send({ method, agent, body, settings, tally }: Wanted): Promise<Settled> {
  const { hostname, port, getPath, postPath, host, timeoutMs } = settings
  const path = method === 'POST' ? postPath : getPath
  const request = { hostname, port, path, method, host, body: method === 'POST' ? body : '', timeoutMs }
  const giveUpAtMs = performance.now() + timeoutMs
  for (let via = agent; ; ) {
    const outcome = await exchange({ ...request, agent: via })
    switch (outcome.kind) {
      case 'answered':
      case 'failed':
        return outcome
      case 'stale':
        if (method === 'POST') return { kind: 'failed', failure: 'reset', detail: outcome.detail }
        tally.staleRetries++
        // A connection of its own cannot be stale, so this happens once.
        via = freshAgent
        break
      case 'notSent':
        if (performance.now() > giveUpAtMs)
          return { kind: 'failed', failure: 'timeout', detail: outcome.detail }
        tally.notSent++
        await sleep(PAUSE_AFTER_FAILURE_MS)
    }
  }
}
