import { setTimeout as sleep } from 'node:timers/promises'
import { SluiceError } from '../errors.ts'
import { isAlive, signalProcess } from '../host/process-identity.ts'
import { beget, newBoot } from './birth.ts'
import { type ControlLink, openControlLink } from './control-link.ts'
import { type ProxyHome, workerFiles } from './home.ts'
import { noCounters, updatedCounters } from './readings.ts'
import type { Table } from './table.ts'
import { readCards, removeCard, type WorkerCard } from './worker-card.ts'
import type {
  DrainTimes,
  ListenAddress,
  WorkerCounters,
  WorkerMethods,
  WorkerStatus,
} from './worker-control.ts'

/** One living worker as the supervisor knows it. */
export interface KnownWorker {
  card: WorkerCard
  link: ControlLink<WorkerMethods>
  /** As it last said; its epoch and phase also follow what it acknowledged since. */
  status: WorkerStatus
  /** As last read. */
  counters: WorkerCounters | null
  /** Questions in a row, over the last seconds, without an answer. */
  silences: number
}

/** What the fleet asks of and tells to the supervisor around it. */
export interface FleetOptions {
  home: ProxyHome
  /** Used to bind anew; workers that live keep the address that they have. */
  listen: ListenAddress
  /** What a new worker serves from its first connection on. */
  table(): Table
  /** A worker is gone, and its files with it but for its last words. */
  onEnd(worker: WorkerCard, counters: WorkerCounters | null): void
}

/** The living workers: found, begotten, told, dismissed. Nothing here decides when. */
export interface Fleet {
  /** Draining ones included. */
  readonly workers: KnownWorker[]
  /** Those that accept connections. */
  serving(): KnownWorker[]
  /** Where they accept: the wanted address, with the port that was really bound. */
  listen(): ListenAddress
  /**
   * Finds workers that live but are not known yet, such as one whose birth a supervisor before us had ordered, gives them
   * the table of now, and clears away what dead ones left.
   */
  adopt(): Promise<void>
  /** A new worker from the code in this folder: begotten by a serving one, or bound anew when there is none. */
  birth(code: string): Promise<KnownWorker>
  /** Hands it the table of now if it has an older one. */
  upToDate(worker: KnownWorker): Promise<KnownWorker>
  /** Gives the worker the table of now. A worker that does not take it in time is dismissed; then false. */
  hand(worker: KnownWorker): Promise<boolean>
  /** Its counters now, of one environment or all; as last known when it does not answer; null when it has just ended. */
  read(worker: KnownWorker, environment: string | undefined): Promise<WorkerCounters | null>
  /** Brings its status up to date; false when it did not answer. */
  refresh(worker: KnownWorker, withinMs: number): Promise<boolean>
  drain(worker: KnownWorker, times: DrainTimes): Promise<void>
  /** Kills a worker that does not answer; resolves when it is gone. */
  dismiss(worker: KnownWorker): Promise<void>
  /** Resolves when the worker has ended; rejects with TIMED_OUT. */
  ended(worker: KnownWorker, withinMs: number): Promise<void>
  /** Lets go of all links; workers live on. */
  close(): void
}

/** A worker that lives answers its control socket in this time, on a busy machine too. */
export const answerLimitMs = 2000

/** Longer than a birth's own limit, so that the begetter's reason is heard. */
const begetLimitMs = 17_000

/** From a broken link to the end of the process. */
const lastBreathMs = 2000

export function openFleet(options: FleetOptions): Fleet {
  const { home } = options
  const workers: KnownWorker[] = []
  let listen = options.listen
  let isClosed = false

  function serving(): KnownWorker[] {
    return workers.filter((worker) => worker.status.phase === 'serving' && worker.link.isOpen)
  }

  async function adopt(): Promise<void> {
    const known = new Set(workers.map((worker) => worker.card.boot))
    const strangers = readCards(home).filter((card) => !known.has(card.boot))
    await Promise.all(strangers.map(adoptOne))
  }

  async function adoptOne(card: WorkerCard): Promise<void> {
    if (!isAlive(card.identity)) return bury(card, null)
    try {
      await upToDate(await join(card))
    } catch {
      // It lives, holds the listener and cannot be told anything: as good as dead, and in the way.
      await killAndWait(card)
      bury(card, null)
    }
  }

  async function join(card: WorkerCard): Promise<KnownWorker> {
    const link = await openControlLink<WorkerMethods>(workerFiles(home, card.boot).socket)
    try {
      const status = await link.call('status', {}, answerLimitMs)
      const worker: KnownWorker = { card, link, status, counters: null, silences: 0 }
      if (status.listen.port !== 0) listen = status.listen
      workers.push(worker)
      void link.closed.then(() => lose(worker))
      return worker
    } catch (error) {
      link.close()
      throw error
    }
  }

  async function lose(worker: KnownWorker): Promise<void> {
    if (isClosed) return
    await sleepUntil(() => !isAlive(worker.card.identity), lastBreathMs)
    await killAndWait(worker.card)
    workers.splice(workers.indexOf(worker), 1)
    bury(worker.card, worker.counters)
  }

  function bury(card: WorkerCard, counters: WorkerCounters | null): void {
    removeCard(home, card.boot)
    options.onEnd(card, counters)
  }

  // A parent that does not answer is no reason to give up while there is another; a child that fails is.
  async function birth(code: string): Promise<KnownWorker> {
    for (const parent of serving()) {
      try {
        return await birthBy(parent, code)
      } catch (error) {
        if (!isSilence(error)) throw error
      }
    }
    return birthBy(null, code)
  }

  // Every attempt has a boot of its own: a silent parent may have begotten after all, and that child is adopted later.
  async function birthBy(parent: KnownWorker | null, code: string): Promise<KnownWorker> {
    const order = { boot: newBoot(Date.now()), code, index: freeIndex(workers) }
    if (parent === null) await beget(home, { ...order, listen }, options.table, null)
    else await parent.link.call('beget', order, begetLimitMs)
    const card = readCards(home).find(({ boot }) => boot === order.boot)
    if (card === undefined) throw endedAtOnce(order.boot)
    return upToDate(await join(card))
  }

  async function upToDate(worker: KnownWorker): Promise<KnownWorker> {
    if (worker.status.epoch < options.table().epoch) await hand(worker)
    return worker
  }

  async function hand(worker: KnownWorker): Promise<boolean> {
    try {
      const { epoch } = await worker.link.call('apply', { table: options.table() }, answerLimitMs)
      worker.status = { ...worker.status, epoch }
      return true
    } catch {
      await dismiss(worker)
      return false
    }
  }

  async function read(worker: KnownWorker, environment: string | undefined): Promise<WorkerCounters | null> {
    try {
      const params = environment === undefined ? {} : { environment }
      const newer = await worker.link.call('read', params, answerLimitMs)
      worker.counters = updatedCounters(worker.counters, newer, environment)
    } catch {
      if (!worker.link.isOpen && (await sleepUntil(() => !workers.includes(worker), 2 * lastBreathMs)))
        return null
    }
    return worker.counters ?? noCounters
  }

  async function refresh(worker: KnownWorker, withinMs: number): Promise<boolean> {
    try {
      worker.status = await worker.link.call('status', {}, withinMs)
      return true
    } catch {
      return false
    }
  }

  async function drain(worker: KnownWorker, times: DrainTimes): Promise<void> {
    await worker.link.call('drain', times, answerLimitMs)
    worker.status = { ...worker.status, phase: 'draining' }
  }

  async function dismiss(worker: KnownWorker): Promise<void> {
    signalProcess(worker.card.identity, 'SIGKILL')
    await ended(worker, lastBreathMs + answerLimitMs)
  }

  async function ended(worker: KnownWorker, withinMs: number): Promise<void> {
    if (await sleepUntil(() => !workers.includes(worker), withinMs)) return
    throw new SluiceError('TIMED_OUT', `worker ${worker.card.boot} did not end within ${withinMs} ms`)
  }

  function close(): void {
    isClosed = true
    for (const worker of workers) worker.link.close()
  }

  return {
    workers,
    serving,
    listen: () => listen,
    adopt,
    birth,
    upToDate,
    hand,
    read,
    refresh,
    drain,
    dismiss,
    ended,
    close,
  }
}

// The failures that say nothing but that the worker gave no answer.
function isSilence(error: unknown): boolean {
  return error instanceof SluiceError && (error.code === 'TIMED_OUT' || error.code === 'PROXY_UNREACHABLE')
}

/** The lowest index that no living worker has. */
function freeIndex(workers: KnownWorker[]): number {
  const taken = new Set(workers.map((worker) => worker.status.index))
  let index = 0
  while (taken.has(index)) index++
  return index
}

function endedAtOnce(boot: string): SluiceError {
  return new SluiceError('START_FAILED', `the new proxy worker ${boot} ended as soon as it accepted`)
}

async function killAndWait({ identity }: WorkerCard): Promise<void> {
  if (signalProcess(identity, 'SIGKILL')) await sleepUntil(() => !isAlive(identity), lastBreathMs)
}

/** The end of a process that is not our child gives no signal, so it is looked for. */
async function sleepUntil(isSo: () => boolean, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += 20) {
    if (isSo()) return true
    await sleep(20)
  }
  return isSo()
}
