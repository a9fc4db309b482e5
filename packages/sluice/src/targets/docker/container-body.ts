import { readdir } from 'node:fs/promises'
import { SluiceError } from '../../errors.ts'
import { openedPorts } from '../../host/listening-ports.ts'
import type { Address, Body, Evidence, Exit } from '../fleet/body.ts'
import { type Clock, pause } from '../fleet/clock.ts'
import { READ_LINES } from '../fleet/health-facts.ts'
import { ask, type ProbeAnswer } from '../fleet/probe.ts'
import type { ContainerWatch } from './container-watch.ts'
import type { ContainerFacts, Engine } from './engine.ts'

/** What was killed is gone within this, or hangs in the kernel. */
export const KILLED_WITHIN_MS = 30_000
/** Between attempts to end one whose engine cannot be asked. */
const END_AGAIN_MS = 2_000
/** Linux's numbers of the signals that end containers. */
const SIGNALS: Record<number, string> = { 6: 'SIGABRT', 9: 'SIGKILL', 11: 'SIGSEGV', 15: 'SIGTERM' }

/** Lines of both streams that are read, to have enough of each. */
const READ_IN_ALL = 10 * READ_LINES

const ENDED: ProbeAnswer = { isOk: false, found: 'the container does not run' }

export interface ContainerParts {
  facts: ContainerFacts
  address: Address | null
  appPort: number
}

/** What all bodies of one engine share. */
export interface ContainerWorld {
  engine: Engine
  watch: ContainerWatch
  clock: Clock
  closed: AbortSignal
}

/** The body of an instance whose container was started. */
export function bodyOf(
  { facts, address, appPort }: ContainerParts,
  { engine, watch, clock, closed }: ContainerWorld,
): Body {
  const { id, stopSignal } = facts
  let now = facts
  let ending: Promise<void> | null = null
  let isGone = false
  const exit = Promise.withResolvers<Exit>()
  const stopWatching = watch.watch(id, (found) => {
    if (found !== null) now = found
    if (found?.isRunning === true) return
    stopWatching()
    isGone = true
    exit.resolve(exitOf(found))
  })
  const isOver = exit.promise.then(() => true)

  async function ends(withinMs: number): Promise<boolean> {
    const waiting = new AbortController()
    const limit = pause(clock, withinMs, AbortSignal.any([closed, waiting.signal])).then(() => false)
    return Promise.race([isOver, limit]).finally(() => waiting.abort())
  }

  async function signalTwice(graceMs: number): Promise<void> {
    await engine.signal(id, stopSignal)
    if (await ends(graceMs)) return
    await engine.signal(id, 'SIGKILL')
    if (await ends(KILLED_WITHIN_MS)) return
    throw new SluiceError('TIMED_OUT', `the container ${id.slice(0, 12)} still runs after SIGKILL`, {
      todo: `docker inspect ${id.slice(0, 12)}`,
    })
  }

  function end(graceMs: number): Promise<void> {
    ending ??= signalTwice(graceMs)
      .catch((error) => {
        void endLater(graceMs)
        throw error
      })
      .finally(() => {
        ending = null
      })
    return ending
  }

  // Whoever asked was told that it failed, and may have given it up.
  async function endLater(graceMs: number): Promise<void> {
    await Promise.race([isOver, pause(clock, END_AGAIN_MS, closed)])
    if (!isGone && !closed.aborted) end(graceMs).catch(() => {})
  }

  return {
    handle: `container ${id.slice(0, 12)}`,
    address,
    appPort,
    exited: exit.promise,

    ask(probe) {
      // An image that can say how it is knows better than an open port.
      if (probe.path === undefined && probe.port === undefined && now.health !== null)
        return Promise.resolve(ownAnswer(now))
      return address === null ? Promise.resolve(ENDED) : ask(address, probe)
    },

    end,

    crash() {
      engine.signal(id, 'SIGKILL').catch(() => {}) // A crash that does not come is noticed by whoever waits for it.
    },

    evidence: () => evidenceOf(engine, now),
  }
}

/** What a container has opened and printed. */
export async function evidenceOf(
  engine: Engine,
  { id, pid, error }: Pick<ContainerFacts, 'id' | 'pid' | 'error'>,
): Promise<Evidence> {
  const [opened, lines] = await Promise.all([
    engine.isLocal ? openedInside(pid) : [],
    engine.lastLines(id, READ_IN_ALL).catch(() => []),
  ])
  const printed = (['stdout', 'stderr'] as const).map((stream) => ({
    stream,
    lines: lines
      .filter((line) => line.stream === stream)
      .map(({ text }) => text)
      .slice(-READ_LINES),
  }))
  return { opened, printed: error === '' ? printed : [...printed, { stream: 'stderr', lines: [error] }] }
}

/** What a container's exit code says: one above 128 is a signal. */
export function endedWith(exitCode: number): Pick<Exit, 'code' | 'signal'> {
  const signal = SIGNALS[exitCode - 128] ?? null
  return { code: signal === null ? exitCode : null, signal }
}

/** How it ended, of what the engine says. */
export function exitOf(facts: ContainerFacts | null): Exit {
  if (facts === null) return { code: null, signal: null, isRemoved: true }
  return {
    ...endedWith(facts.exitCode),
    ...(facts.wasOutOfMemory ? { isOutOfMemory: true } : {}),
  }
}

/** By the first process of the container, where this machine shows it to us. */
async function openedInside(pid: number): Promise<Evidence['opened']> {
  const isSeen =
    pid > 0 &&
    (await readdir(`/proc/${pid}/fd`).then(
      () => true,
      () => false,
    ))
  return isSeen ? openedPorts(pid).catch(() => []) : []
}

function ownAnswer({ health, isRunning }: ContainerFacts): ProbeAnswer {
  if (!isRunning) return ENDED
  return { isOk: health === 'healthy', found: `the HEALTHCHECK of the image says ${health ?? 'nothing yet'}` }
}
