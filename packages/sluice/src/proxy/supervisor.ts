import { isDeepStrictEqual } from 'node:util'
import { SluiceError } from '../errors.ts'
import { serial } from '../std/serial.ts'
import type { ControlMethods, ProxyReading, ProxyStatus, WorkerReading } from './control.ts'
import { serveControl } from './control-server.ts'
import { openEndedBoots } from './ended-boots.ts'
import { type KnownWorker, openFleet } from './fleet.ts'
import type { ProxyHome } from './home.ts'
import { writeLastGood } from './last-good.ts'
import { ofEnvironment } from './readings.ts'
import { emptyTable, restoreTables, type Tables } from './restore.ts'
import type { Table } from './table.ts'
import { validateTable } from './table-check.ts'
import { openUpkeep } from './upkeep.ts'
import { openWarnings } from './warnings.ts'
import { defaultDrain } from './worker.ts'
import type { WorkerCard } from './worker-card.ts'
import type { ListenAddress, WorkerCounters } from './worker-control.ts'

export interface SupervisorOptions {
  home: ProxyHome
  listen: ListenAddress
  /** Folder of the code that new workers run. */
  code: string
  version: string
  /** How many accept at any time; two or more, so that the death of one closes no port. */
  workers: number
}

/** Speaks to the workers for those who command. Carries no traffic, and may die at any time. */
export interface Supervisor {
  /** Resolves after a `stop`, when the workers are gone and the answer is on its way. */
  readonly stopped: Promise<void>
  /** Ends the supervisor alone; the workers serve on with the table that they have. */
  close(): Promise<void>
}

/** How long `status` waits for a worker's newest word; a busy one is shown as it was last known. */
const freshWithinMs = 300

/** From the moment at which a worker cuts what it has left to its end. */
const lastWordsMs = 2000

/**
 * Takes up the workers that live, or starts the first one with the last good table; then opens the control socket.
 * The caller holds the home's lock. Throws PORT_TAKEN or START_FAILED when no worker accepts.
 */
export async function openSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { home } = options
  const stopped = Promise.withResolvers<void>()
  const inTurn = serial()
  const warnings = openWarnings()
  const endedBoots = openEndedBoots(home)
  let code = options.code
  let tables: Tables = { applied: emptyTable, served: emptyTable }

  const fleet = openFleet({ home, listen: options.listen, table: () => tables.served, onEnd: bookEnd })
  const upkeep = openUpkeep({ fleet, wanted: options.workers, code: () => code, warnings, inTurn })
  try {
    await inTurn(takeUp)
  } catch (error) {
    upkeep.close()
    fleet.close()
    throw error
  }
  const control = await serveControl<ControlMethods>(home.supervisorSocket, {
    status: (params) => status(params.table === true),
    apply: (params) => inTurn(() => apply(validateTable(params.table))),
    read: (params) => read(params.environment),
    upgrade: (params) => inTurn(() => upgrade(params.code ?? code)),
    stop: (params) => inTurn(() => stop(params.drainMs)),
  })

  async function takeUp(): Promise<void> {
    await fleet.adopt()
    tables = await restoreTables(home, fleet, warnings)
    await Promise.all(fleet.workers.map(fleet.upToDate))
    await upkeep.strengthen()
    const { host, port } = fleet.listen()
    if (host !== options.listen.host || (options.listen.port !== 0 && port !== options.listen.port)) {
      warnings.add(
        `asked to listen on ${options.listen.host}:${options.listen.port}, but the workers that live have ` +
          `${host}:${port} and keep it until the proxy is stopped`,
      )
    }
  }

  async function status(withTable: boolean): Promise<ProxyStatus> {
    await Promise.all(fleet.workers.map((worker) => fleet.refresh(worker, freshWithinMs)))
    return {
      protocol: 1,
      version: options.version,
      pid: process.pid,
      epoch: tables.applied.epoch,
      listen: fleet.listen(),
      workers: fleet.workers.map(statusOf),
      ...(withTable ? { table: tables.served } : {}),
      warnings: warnings.list(),
    }
  }

  async function apply(table: Table): Promise<{ epoch: number; workers: number }> {
    refuseOlder(table, tables)
    if (!isDeepStrictEqual(table, tables.served)) {
      await writeLastGood(home, table)
      tables = { applied: table, served: table }
      await Promise.all([...fleet.workers].map(handOrReplace))
      await fleet.adopt() // One that a sibling begot meanwhile, for a supervisor before us, may have the old table.
    }
    await upkeep.strengthen()
    return { epoch: table.epoch, workers: fleet.serving().length }
  }

  async function handOrReplace(worker: KnownWorker): Promise<void> {
    if (await fleet.hand(worker)) return
    warnings.add(
      `worker ${worker.card.boot} did not take table ${tables.served.epoch} in time and was replaced`,
    )
  }

  // Who ends while it is being read is found among the ended ones, once.
  async function read(environment: string | undefined): Promise<ProxyReading> {
    const living = (await Promise.all(fleet.workers.map((worker) => readOne(worker, environment)))).flat()
    const ended = endedBoots.readings
    const boots = [...ended, ...living.filter(({ boot }) => ended.every((reading) => reading.boot !== boot))]
    return { epoch: tables.applied.epoch, boots: boots.map((reading) => ofEnvironment(reading, environment)) }
  }

  async function readOne(worker: KnownWorker, environment: string | undefined): Promise<WorkerReading[]> {
    const counters = await fleet.read(worker, environment)
    return counters === null ? [] : [{ boot: worker.card.boot, ended: false, lost: false, ...counters }]
  }

  // The old generation goes on accepting until the whole of the new one does.
  async function upgrade(newCode: string): Promise<{ workers: number }> {
    const old = [...fleet.workers]
    const born: KnownWorker[] = []
    try {
      while (born.length < options.workers) born.push(await fleet.birth(newCode))
    } catch (error) {
      await drainAll(born)
      throw error
    }
    code = newCode
    await drainAll(old)
    return { workers: born.length }
  }

  // A worker that does not hear the order hangs or is gone already; either is seen to by the upkeep.
  async function drainAll(workers: KnownWorker[], times = defaultDrain): Promise<void> {
    await Promise.allSettled(workers.map((worker) => fleet.drain(worker, times)))
  }

  async function stop(drainMs: number): Promise<Record<string, never>> {
    upkeep.close()
    await fleet.adopt()
    const workers = [...fleet.workers]
    // Nobody accepts after us, so idle connections need not wait for a better moment.
    await drainAll(workers, { idleAfterMs: 0, cutAfterMs: drainMs })
    await Promise.all(
      workers.map((worker) => fleet.ended(worker, drainMs + lastWordsMs).catch(() => fleet.dismiss(worker))),
    )
    setImmediate(stopped.resolve)
    return {}
  }

  function bookEnd(card: WorkerCard, newest: WorkerCounters | null): void {
    const { lost } = endedBoots.add(card.boot, newest)
    if (!lost) return
    warnings.add(`worker ${card.boot} (pid ${card.identity.pid}) died; its newest counts are lost`)
    upkeep.afterDeath()
  }

  async function close(): Promise<void> {
    upkeep.close()
    fleet.close()
    await control.close()
  }

  return { stopped: stopped.promise, close }
}

function statusOf({ card, status }: KnownWorker): ProxyStatus['workers'][number] {
  const { epoch, phase, connections } = status
  const draining = phase === 'draining'
  return { boot: card.boot, pid: card.identity.pid, epoch, startedAt: card.startedAt, draining, connections }
}

// Equal to what was applied, or to what is served in its place, is a repeat.
function refuseOlder(table: Table, { applied, served }: Tables): void {
  if (table.epoch > applied.epoch) return
  const isRepeat = isDeepStrictEqual(table, applied) || isDeepStrictEqual(table, served)
  if (table.epoch === applied.epoch && isRepeat) return
  const why = table.epoch < applied.epoch ? 'is older' : 'has another content'
  throw new SluiceError(
    'FENCED',
    `the proxy serves epoch ${applied.epoch}; the table with epoch ${table.epoch} ${why}`,
  )
}
