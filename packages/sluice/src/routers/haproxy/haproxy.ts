import type { Cohort } from '../../core/counts.ts'
import type { Fence } from '../../core/fence.ts'
import type { EnvironmentId } from '../../core/release.ts'
import { serial } from '../../std/serial.ts'
import { openFences } from '../fences.ts'
import { refuseConflict } from '../route-conflict.ts'
import type { Router, RouteSettings, Traffic } from '../router.ts'
import { haproxyAbilities as can } from './abilities.ts'
import { certificateMark } from './certificates.ts'
import { checkTraffic } from './check-traffic.ts'
import { configurationOf } from './configuration.ts'
import { openCounter } from './counter.ts'
import { type Doors, openDoors } from './doors.ts'
import { reloadHaproxy, runningMaster, shapeOf, startHaproxy, wasLeftRunning } from './ensure-haproxy.ts'
import { readTable, writeFiles } from './files.ts'
import { haproxyHome, makeHaproxyHome } from './home.ts'
import { observeWorkers } from './observe-workers.ts'
import { checkProgram } from './program.ts'
import { rowsOf } from './rows.ts'
import { serversOf } from './servers.ts'
import { settle } from './settle.ts'
import { placedIn, type Table, withoutEnvironment, withTraffic } from './table.ts'
import { askAll, workersOf } from './workers.ts'

export interface HaproxyOptions extends Doors {
  /** A folder of its own, with a short path. */
  home: string
  /** Found on the PATH of `env` unless it is a path. */
  binary?: string
  /** The whole environment of HAProxy. */
  env: NodeJS.ProcessEnv
  /** Patience with each command. */
  withinMs?: number
  now?: () => number
}

const patienceMs = 5_000
/** How soon it is noticed that HAProxy is gone. */
const lookMs = 500
const longestPauseMs = 30_000
const renewalLookMs = 60_000
const mostTroubles = 20

/**
 * The router of the HAProxy in this home, which is started when it does not run, outlives us, and is started again when
 * it is gone. Throws START_FAILED, PORT_TAKEN, CONFIG_INVALID.
 */
export async function openHaproxyRouter(options: HaproxyOptions): Promise<Router> {
  const { binary = 'haproxy', env, withinMs = patienceMs, now = Date.now } = options
  const home = haproxyHome(options.home)
  const program = { binary, env }
  const inTurn = serial()
  const troubles: string[] = []
  makeHaproxyHome(home)
  const doors = await openDoors(home, options)
  let table = await readTable(home)
  /** The certificates that it was last told to take up. */
  let served = ''
  const fences = await openFences(home.fences)
  // Before HAProxy starts, so that it finds somebody to tell.
  const counter = await openCounter(home, { withinMs, now, sinceOf })
  try {
    await inTurn(() => bringAbout((kept) => kept))
  } catch (error) {
    await counter.close()
    throw error
  }
  let nextRenewalLook = now() + renewalLookMs
  const stopWatching = watch()

  function sinceOf(environment: string, instance: string): number | null {
    return placedIn(table, environment)?.since[instance] ?? null
  }

  /** What is wanted stays wanted when HAProxy cannot be reached, and goes with the next change. */
  async function bringAbout(change: (table: Table) => Table): Promise<void> {
    const next = change(await readTable(home))
    const certificates = await certificateMark(doors)
    const configuration = configurationOf(next, home, doors, certificates)
    await writeFiles(home, program, next, configuration)
    table = next
    served = certificates
    await ensureRunning(configuration.shape)
    const wanted = { rows: rowsOf(next), servers: serversOf(next) }
    const cut = await askAll(await workersOf(home, withinMs), (worker) => settle(worker, home, wanted))
    for (const server of cut.flat()) noteCut(next, server)
  }

  function noteCut({ environments }: Table, server: string): void {
    for (const { traffic, slotOf } of environments)
      for (const [release, slot] of Object.entries(slotOf))
        if (server.startsWith(`s${slot}/`)) counter.noteCut(traffic.environment, release)
  }

  async function ensureRunning(shape: string): Promise<void> {
    if ((await runningMaster(home, withinMs)) === null) {
      await checkProgram(program)
      await startHaproxy(home, program, shape)
    } else if ((await shapeOf(home, withinMs)) !== shape) {
      const uncounted = await reloadHaproxy(home, shape, withinMs)
      if (uncounted > 0) note(uncountedSince(uncounted))
    }
  }

  async function route(traffic: Traffic, fence: Fence): Promise<void> {
    checkTraffic(traffic)
    await inTurn(async () => {
      await fences.admit(traffic.environment, fence)
      await bringAbout((kept) => {
        refuseConflict(
          answering(traffic),
          kept.environments.map((placed) => answering(placed.traffic)),
        )
        return withTraffic(kept, traffic, now())
      })
    })
  }

  async function remove(environment: EnvironmentId, fence: Fence): Promise<void> {
    await inTurn(async () => {
      await fences.admit(environment, fence)
      await bringAbout((kept) => withoutEnvironment(kept, environment))
    })
  }

  async function observe(environment: EnvironmentId) {
    const seen = await observeWorkers(home, await readTable(home), environment, withinMs)
    return { ...seen, cut: counter.cut(environment) }
  }

  function url({ hosts, pathPrefix, preview }: RouteSettings): { live: string; preview: string | null } {
    const { listen, tls } = doors
    const [scheme, port, usual] = tls === null ? ['http', listen.port, 80] : ['https', tls.listen.port, 443]
    const [host = listen.host, previewHost] = [hosts[0], preview?.hosts[0]]
    const at = (name: string) => `${scheme}://${name}${port === usual ? '' : `:${port}`}${pathPrefix}`
    const shown = previewHost === undefined ? null : `${at(previewHost)}?sluice_token=${preview?.token}`
    return { live: at(host), preview: shown }
  }

  /** Starts HAProxy again when it has died, without anybody asking for it; after a failure at ever longer pauses. */
  function watch(): () => void {
    let pauseMs = lookMs
    let timer = setTimeout(look, pauseMs).unref()
    let isOver = false

    async function look(): Promise<void> {
      try {
        if (!(await wasLeftRunning(home))) await revive()
        else if (isRenewalDue()) await takeUpRenewed()
        pauseMs = lookMs
      } catch (error) {
        pauseMs = Math.min(longestPauseMs, pauseMs * 2)
        note(`HAProxy could not be started again, or take up a new certificate: ${(error as Error).message}`)
      }
      if (!isOver) timer = setTimeout(look, pauseMs).unref()
    }

    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }

  /** Certificates are renewed every few weeks, and looked at every minute. */
  function isRenewalDue(): boolean {
    if (now() < nextRenewalLook) return false
    nextRenewalLook = now() + renewalLookMs
    return true
  }

  async function takeUpRenewed(): Promise<void> {
    if ((await certificateMark(doors)) === served) return
    await inTurn(() => bringAbout((kept) => kept))
  }

  async function revive(): Promise<void> {
    await inTurn(async () => {
      if (await wasLeftRunning(home)) return
      await bringAbout((kept) => kept)
      note('HAProxy had died, and was started again. What it had in flight was lost.')
    })
  }

  function note(trouble: string): void {
    if (troubles.at(-1) === trouble) return
    troubles.push(trouble)
    if (troubles.length > mostTroubles) troubles.shift()
  }

  async function close(): Promise<void> {
    stopWatching()
    await inTurn(async () => {})
    await counter.close()
  }

  return {
    can,
    route,
    observe,
    counts: (environment: EnvironmentId, cohort?: Cohort) => counter.counts(environment, cohort),
    remove,
    warnings: async () => [...troubles, ...counter.warnings()],
    url,
    close,
  }
}

// Without a release to preview nothing answers at the preview's address.
function answering({ environment, settings, previewRelease }: Traffic) {
  return { ...settings, name: environment, preview: previewRelease === null ? null : settings.preview }
}

// A process of HAProxy that is leaving tells its log to nobody.
function uncountedSince(connections: number): string {
  return `HAProxy took up a new configuration; what ${connections} connections asked for just then may not be counted.`
}
