import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { SluiceError } from '../errors.ts'
import type { Router } from '../routers/router.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { type EnvironmentSettings, newEnvironmentState } from '../runtime/environment-state.ts'
import { Keeper } from '../runtime/keeper.ts'
import { openRecords, type Records } from '../runtime/records.ts'
import type { Store } from '../runtime/store.ts'
import type { Artifacts, Target } from '../targets/target.ts'
import type { Home } from './home.ts'
import { hookRunner } from './hooks.ts'
import { MetricSources } from './metric-sources.ts'
import { Preparations } from './preparations.ts'
import { TrafficHistory } from './traffic-history.ts'

export interface ControlOptions {
  home: Home
  store: Store
  target: Target
  artifacts: Artifacts
  router: Router
  clock?: Clock
  onTrouble(environment: string, error: unknown): void
}

/** Everything the agent holds open: the state, the target, its artifacts, the router, and a keeper for each environment. */
export interface Control {
  readonly home: Home
  readonly store: Store
  readonly records: Records
  readonly target: Target
  readonly artifacts: Artifacts
  readonly router: Router
  readonly clock: Clock
  readonly history: TrafficHistory
  readonly preparations: Preparations
  readonly keepers: ReadonlyMap<string, Keeper>
  /** The environment's keeper; made, with these settings, where there is none yet. */
  keeperFor(settings: (previewToken: string) => EnvironmentSettings): Promise<Keeper>
  /** Throws UNKNOWN_ENVIRONMENT. */
  keeper(environment: string): Keeper
  /** Lets go of every environment. Instances and traffic go on; store, target and router stay open. */
  close(): Promise<void>
}

/** Opens the state and goes on with what was under way: instances are adopted, rollouts resumed. */
export async function openControl(options: ControlOptions): Promise<Control> {
  const { home, store, target, artifacts, router, clock = systemClock, onTrouble } = options
  const records = openRecords(store)
  const history = new TrafficHistory(clock)
  const metricSources = new MetricSources(router)
  const keepers = new Map<string, Keeper>()
  await records.releases.failUnfinished()

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
      runHook: hookRunner({ records, router }),
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

  return {
    home,
    store,
    records,
    target,
    artifacts,
    router,
    clock,
    history,
    preparations: new Preparations(),
    keepers,

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

    async close() {
      stopWatching()
      await Promise.all([...keepers.values()].map((keeper) => keeper.close()))
      await metricSources.close()
    },
  }
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
async function adopt(keepers: Keeper[], target: Target, records: Records): Promise<void> {
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
