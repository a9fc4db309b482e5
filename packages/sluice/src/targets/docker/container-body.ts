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
const KILLED_WITHIN_MS = 30_000
/** Linux's numbers of the signals that end containers. */
const SIGNALS: Record<number, string> = { 6: 'SIGABRT', 9: 'SIGKILL', 11: 'SIGSEGV', 15: 'SIGTERM' }

const ENDED: ProbeAnswer = { isOk: false, found: 'the container does not run' }

export interface ContainerParts {
  facts: ContainerFacts
  address: Address | null
  appPort: number
  stopSignal: string
  /** Whether the image's own HEALTHCHECK is asked where a probe has no path. */
  hasHealthcheck: boolean
  onEnd(): void
}

/** The body of an instance whose container runs. */
export function bodyOf(
  { facts, address, appPort, stopSignal, hasHealthcheck, onEnd }: ContainerParts,
  {
    engine,
    watch,
    clock,
    closed,
  }: { engine: Engine; watch: ContainerWatch; clock: Clock; closed: AbortSignal },
): Body {
  const { id } = facts
  let now = facts
  const exit = Promise.withResolvers<Exit>()
  const stopWatching = watch.watch(id, (found) => {
    if (found !== null) now = found
    if (found?.isRunning === true) return
    stopWatching()
    exit.resolve(exitOf(found))
    onEnd()
  })
  const isOver = exit.promise.then(() => true)

  async function ends(withinMs: number): Promise<boolean> {
    return Promise.race([isOver, pause(clock, withinMs, closed).then(() => false)])
  }

  return {
    handle: `container ${id.slice(0, 12)}`,
    address,
    appPort,
    exited: exit.promise,

    ask(probe) {
      // An image that can say how it is knows better than an open port.
      if (probe.path === undefined && hasHealthcheck) return Promise.resolve(ownAnswer(now))
      return address === null ? Promise.resolve(ENDED) : ask(address, probe)
    },

    async end(graceMs) {
      await engine.signal(id, stopSignal)
      if (await ends(graceMs)) return
      await engine.signal(id, 'SIGKILL')
      if (await ends(KILLED_WITHIN_MS)) return
      throw new SluiceError('TIMED_OUT', `the container ${id.slice(0, 12)} still runs after SIGKILL`, {
        todo: `docker inspect ${id.slice(0, 12)}`,
      })
    },

    crash() {
      engine.signal(id, 'SIGKILL').catch(() => {}) // A crash that does not come is noticed by whoever waits for it.
    },

    evidence: () => evidenceOf(engine, now),
  }
}

/** What a container has opened and printed. */
export async function evidenceOf(
  engine: Engine,
  { id, pid }: Pick<ContainerFacts, 'id' | 'pid'>,
): Promise<Evidence> {
  const read = async (stream: 'stdout' | 'stderr') => {
    const lines = await engine.lastLines(id, stream, READ_LINES).catch(() => [])
    return { stream, lines: lines.map((line) => line.slice(line.indexOf(' ') + 1)) }
  }
  const [opened, ...printed] = await Promise.all([
    engine.isLocal ? openedInside(pid) : [],
    read('stdout'),
    read('stderr'),
  ])
  return { opened, printed }
}

/** How it ended, of what the engine says; a code above 128 is a signal. */
export function exitOf(facts: ContainerFacts | null): Exit {
  if (facts === null) return { code: null, signal: null }
  const signal = SIGNALS[facts.exitCode - 128] ?? null
  return {
    code: signal === null ? facts.exitCode : null,
    signal,
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
