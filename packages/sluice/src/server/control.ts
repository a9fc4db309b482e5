import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { SluiceError } from '../errors.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { type EnvironmentSettings, newEnvironmentState } from '../runtime/environment-state.ts'
import { Keeper } from '../runtime/keeper.ts'
import { openRecords, type Records } from '../runtime/records.ts'
import type { Store } from '../runtime/store.ts'
import type { Home } from './home.ts'
import { hookRunner } from './hooks.ts'
import { type ManyRouters, manyRouters } from './many-routers.ts'
import { type ManyTargets, manyTargets } from './many-targets.ts'
import { MetricSources } from './metric-sources.ts'
import type { Outside } from './outside.ts'
import { Preparations } from './preparations.ts'
import { removeOldPreviews } from './previews.ts'
import { TrafficHistory } from './traffic-history.ts'

export interface ControlOptions {
  home: Home
  store: Store
  outside: Outside
  clock?: Clock
  onTrouble(environment: string, error: unknown): void
}

/** Everything the agent holds open: the state, what is outside, and a keeper for each environment. */
export interface Control {
  readonly home: Home
  readonly store: Store
  readonly records: Records
  readonly outside: Outside
  readonly target: ManyTargets
  readonly router: ManyRouters
  readonly clock: Clock
  readonly history: TrafficHistory
  readonly preparations: Preparations
  readonly keepers: ReadonlyMap<string, Keeper>
  /** Environments that are being removed, each until it is done, or could not be. */
  readonly removals: Map<string, Promise<void>>
  /** Where a person reaches the environment. */
  urlOf(settings: EnvironmentSettings): Promise<{ live: string; preview: string | null }>
  /** The environment's keeper; made, with these settings, where there is none yet. */
  keeperFor(settings: (previewToken: string) => EnvironmentSettings): Promise<Keeper>
  /** Throws UNKNOWN_ENVIRONMENT. */
  keeper(environment: string): Keeper
  /** Forgets an environment that has been taken down. */
  forget(keeper: Keeper): Promise<void>
  /** Lets go of every environment. Instances and traffic go on; the store and what is outside stay open. */
  close(): Promise<void>
}

/** Opens the state and goes on with what was under way: instances are adopted, rollouts resumed. */
export async function openControl(options: ControlOptions): Promise<Control> {
  const { home, store, outside, clock = systemClock, onTrouble } = options
  const records = openRecords(store)
  const history = new TrafficHistory(clock)
  const keepers = new Map<string, Keeper>()
  const target = manyTargets(outside, {
    after: (ms, run) => clock.at(clock.now() + ms, run),
    onTrouble,
  })
  const router = manyRouters(outside, {
    namesOf: (environment) => routersOf(keepers.get(environment)!.settings),
    inUse: () =>
      [...keepers.values()].filter(({ state }) => state.isUp).flatMap(({ settings }) => routersOf(settings)),
  })
  const metricSources = new MetricSources(router)
  await records.releases.failUnfinished()

  const urlOf = async ({ router: name, route }: EnvironmentSettings) =>
    (await outside.router(name)).url(route)
  const add = (settings: EnvironmentSettings, state = newEnvironmentState()) => {
    const keeper = new Keeper({
      settings,
      state,
      target,
      router,
      records,
      store,
      clock,
      holder: `${hostname()}:${home.root}`,
      runHook: hookRunner({ records, urlOf }),
      sources: (of) => metricSources.of(of),
      onTrouble,
    })
    keepers.set(settings.id, keeper)
    return keeper
  }

  for (const { settings, state } of await records.environments.all()) add(settings, state)
  await adopt([...keepers.values()], target, records)
  for (const keeper of keepers.values()) await keeper.open()
  for (const keeper of keepers.values()) await endLeftDrill(keeper, clock, onTrouble)
  const stopWatching = history.watch(router, () =>
    [...keepers.values()].map(({ id, state }) => ({ id, stable: state.stable?.release ?? null })),
  )

  const control: Control = {
    home,
    store,
    records,
    outside,
    target,
    router,
    clock,
    history,
    preparations: new Preparations(),
    keepers,
    removals: new Map(),
    urlOf,

    async keeperFor(settings) {
      const id = settings('').id
      const known = keepers.get(id)
      if (known !== undefined) return known
      const keeper = add(settings(randomBytes(16).toString('hex')))
      await records.environments.save(keeper)
      await keeper.open()
      return keeper
    },

    keeper(environment) {
      const found = keepers.get(environment)
      if (found !== undefined) return found
      const known = [...keepers.keys()].join(', ') || 'none yet'
      throw new SluiceError(
        'UNKNOWN_ENVIRONMENT',
        `nothing was ever deployed to ${environment}; known are: ${known}`,
        {
          todo: 'sluice deploy',
        },
      )
    },

    async forget(keeper) {
      await keeper.close()
      await records.environments.forget(keeper.id)
      keepers.delete(keeper.id)
    },

    async close() {
      stopWatching()
      stopRemoving()
      await Promise.all([...keepers.values()].map((keeper) => keeper.close()))
      await metricSources.close()
      await target.close()
    },
  }
  const stopRemoving = removeOldPreviews(control, onTrouble)
  return control
}

function routersOf({ router, formerRouter }: EnvironmentSettings): string[] {
  return formerRouter === undefined ? [router] : [router, formerRouter]
}

// Who sent a drill's requests is gone with the agent before us, so nothing would be noticed any more.
async function endLeftDrill(
  keeper: Keeper,
  clock: Clock,
  onTrouble: ControlOptions['onTrouble'],
): Promise<void> {
  if (keeper.rollout?.kind !== 'drill') return
  const why = 'the agent was started again'
  const told = keeper.tell({ kind: 'aborted', at: clock.now(), by: 'sluice', why })
  await told.catch((error) => onTrouble(keeper.id, error))
}

// Instances outlive the agent; those that died meanwhile are started again.
async function adopt(keepers: Keeper[], target: ManyTargets, records: Records): Promise<void> {
  const wanted = await Promise.all(
    keepers.map(async (keeper) => {
      const counts = await keeper.wantedAfterRestart()
      const found = await Promise.all(
        Object.entries(counts).map(async ([release, count]) => {
          const spec = await records.environments.spec(keeper.id, release)
          return spec === null ? [] : [{ spec, count }]
        }),
      )
      return found.flat()
    }),
  )
  await target.adopt(wanted.flat())
}
