import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fence } from '../../core/fence.ts'
import type { EnvironmentId } from '../../core/release.ts'
import { SluiceError } from '../../errors.ts'
import { readJson, writeJson } from '../../host/json-file.ts'
import { runCommands } from '../../host/run-commands.ts'
import { serial } from '../../std/serial.ts'
import { openFences } from '../fences.ts'
import { refuseConflict } from '../route-conflict.ts'
import type {
  InstancesSettings,
  Router,
  RouterCounts,
  RouterObservation,
  RouteSettings,
  Traffic,
} from '../router.ts'
import { instancesAbilities as can } from './abilities.ts'
import { emptied, type InstanceList, listOf, markOf } from './list.ts'

export interface InstancesOptions {
  settings(): Promise<InstancesSettings>
  /** A folder of its own. */
  home: string
  /** The whole environment of the command. */
  env: NodeJS.ProcessEnv
  /** How often a list is told again, for a balancer that was started anew. */
  againMs?: number
}

const usuallyAgainMs = 30_000

/** Sees no requests, so there is nothing to tell. */
const nothingCounted: RouterCounts = {
  boots: [],
  instances: [],
  totals: { requests: 0, failed: 0, retried: 0, aborted: 0 },
}

/**
 * The router that routes nothing itself: it publishes which instances take requests, as a file per environment, and has
 * what balances take it up. A share is a number of instances. Throws STORE_FAILED where its files cannot be read.
 */
export async function openInstancesRouter(options: InstancesOptions): Promise<Router> {
  const { home, againMs = usuallyAgainMs } = options
  const appliedFile = join(home, 'applied.json')
  mkdirSync(home, { recursive: true })
  const fences = await openFences(join(home, 'fences.json'))
  const lists = await readLists(home)
  /** What was last taken up, by environment: the marks of lists. */
  const applied = new Map(Object.entries((await readJson<Record<string, string>>(appliedFile)) ?? {}))
  const troubles = new Map<EnvironmentId, string>()
  const inTurn = serial()

  function route(traffic: Traffic, fence: Fence): Promise<void> {
    return inTurn(async () => {
      await fences.admit(traffic.environment, fence)
      const list = listOf(traffic)
      refuseConflict(answering(list), [...lists.values()].map(answering))
      await publish(list)
    })
  }

  function remove(environment: EnvironmentId, fence: Fence): Promise<void> {
    return inTurn(async () => {
      await fences.admit(environment, fence)
      const list = lists.get(environment)
      if (list === undefined) return
      await publish(emptied(list))
      lists.delete(environment)
      rmSync(fileOf(home, environment), { force: true })
      await note(environment, null)
    })
  }

  async function note(environment: EnvironmentId, mark: string | null): Promise<void> {
    if ((applied.get(environment) ?? null) === mark) return
    if (mark === null) applied.delete(environment)
    else applied.set(environment, mark)
    await writeJson(appliedFile, Object.fromEntries(applied), { durable: true })
  }

  /** Durable before anybody is told of it; told again until it has been taken up. */
  async function publish(list: InstanceList): Promise<void> {
    const { environment } = list
    const file = fileOf(home, environment)
    mkdirSync(dirname(file), { recursive: true })
    await writeJson(file, list, { durable: true })
    lists.set(environment, list)
    if (applied.get(environment) === markOf(list)) return
    // Half of it may have been taken up when that fails: no list is known to be served from here on.
    if (applied.has(environment)) await note(environment, null)
    await tell(list)
  }

  async function tell(list: InstanceList): Promise<void> {
    const { environment } = list
    try {
      await apply(list)
    } catch (error) {
      await note(environment, null)
      throw error
    }
    troubles.delete(environment)
    await note(environment, markOf(list))
  }

  async function apply({ environment }: InstanceList): Promise<void> {
    const { apply: program, timeoutMs, waitMs } = await options.settings()
    const file = fileOf(home, environment)
    if (program !== null) {
      const command = { command: [...program, environment, file], timeoutMs }
      const { ok, message, output } = await runCommands([command], {
        folder: home,
        env: options.env,
      })
      if (!ok) {
        const why = [message, ...output.slice(-1)].join(': ')
        troubles.set(environment, why)
        throw new SluiceError('APPLY_FAILED', `the list of ${environment} was not taken up: ${why}`, {
          details: output,
          todo: 'instances.apply in agent.yaml names the command; it is given the environment and the file of its list, and tried again. What you mend there counts from the next try.',
        })
      }
    }
    if (waitMs > 0) await pause(waitMs, undefined, { ref: false })
  }

  // A route that is on its way is told first: what is told again is the newest list.
  async function tellAgain(): Promise<void> {
    for (const environment of [...lists.keys()]) {
      await inTurn(async () => {
        const list = lists.get(environment)
        if (list !== undefined && (await options.settings()).apply !== null) await tell(list)
      }).catch(() => {}) // It is a warning until it has been taken up.
    }
  }
  const again = setInterval(() => void tellAgain(), againMs).unref()

  async function observe(environment: EnvironmentId): Promise<RouterObservation> {
    const list = lists.get(environment)
    return {
      weightEpoch: list?.weightEpoch ?? 0,
      weights: list?.weights ?? {},
      reached: list === undefined || applied.get(environment) === markOf(list),
      inFlight: null,
      cut: {},
    }
  }

  return {
    can,
    route,
    remove,
    observe,
    counts: async () => nothingCounted,
    warnings: async () =>
      [...troubles].map(
        ([environment, message]) => `The list of ${environment} was not taken up: ${message}.`,
      ),
    url: ({ hosts, pathPrefix }: RouteSettings) => ({
      live: `http://${hosts[0]}${pathPrefix}`,
      preview: null,
    }),
    close: async () => clearInterval(again),
  }
}

function fileOf(home: string, environment: EnvironmentId): string {
  return join(home, `${environment}.json`)
}

async function readLists(home: string): Promise<Map<EnvironmentId, InstanceList>> {
  const found = readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter((name) => /^[^/]+\/[^/]+\.json$/.test(name))
    .map((name) => readJson<InstanceList>(join(home, name)))
  const lists = (await Promise.all(found)).filter((list) => list !== null)
  return new Map(lists.map((list) => [list.environment, list]))
}

function answering({ environment, hosts, pathPrefix }: InstanceList) {
  return { name: environment, hosts, pathPrefix, preview: null }
}
