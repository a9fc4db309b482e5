import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newRollout } from '../core/new-rollout.ts'
import type { HookName } from '../core/plan.ts'
import type { Rollout } from '../core/rollout.ts'
import { compile, isExclusive, type StrategySpec } from '../core/strategies/index.ts'
import { rollbackSteps } from '../core/strategies/rollback.ts'
import type { CommandResult } from '../host/run-commands.ts'
import type { ReleaseSpec } from '../targets/target.ts'
import type { Drive } from './drive.ts'
import { type EnvironmentSettings, newEnvironmentState } from './environment-state.ts'
import { Keeper } from './keeper.ts'
import { MemoryProxy, MemoryRouter } from './memory-router.fixture.ts'
import { type Conduct, MemoryMachine, MemoryTarget } from './memory-target.fixture.ts'
import { openRecords, type Records } from './records.ts'
import { openStore, type Store } from './store.ts'
import { type TestClock, testClock } from './test-clock.fixture.ts'

export const production = 'shop/production'

export const blueGreen = {
  kind: 'blue-green',
  bakeMs: 2_000,
  approve: false,
  progressDeadlineMs: 60_000,
} satisfies StrategySpec

export const canary = {
  kind: 'canary',
  steps: [
    { weightBasisPoints: 1_000, analyzeMs: 2_000, gate: false },
    { weightBasisPoints: 5_000, analyzeMs: 2_000, gate: false },
  ],
  scale: 'full',
  approve: false,
  progressDeadlineMs: 60_000,
} satisfies StrategySpec

/** A folder that is removed when it is disposed of; in memory where there is such a place, for every commit waits for the disk. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sluice-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export function specOf(release: string, more: { environment?: string; conduct?: Conduct } = {}): ReleaseSpec {
  const probe = { periodMs: 1_000, timeoutMs: 1_000, failures: 3 }
  return {
    release,
    app: 'shop',
    environment: more.environment ?? production,
    folder: '/nowhere',
    command: more.conduct ?? 'good',
    env: {},
    startup: probe,
    readiness: probe,
    liveness: probe,
    graceMs: 5_000,
    data: [],
  }
}

export function settingsOf(id = production): EnvironmentSettings {
  const [app, name] = id.split('/') as [string, string]
  return {
    id,
    app,
    name,
    target: 'memory',
    router: 'memory',
    route: {
      hosts: [`${app}-${name}.localhost`],
      pathPrefix: '/',
      preview: { hosts: [`preview--${app}-${name}.localhost`], token: 'secret' },
      sticky: null,
      maxBodyBytes: null,
      firstByteTimeoutMs: 30_000,
    },
    strategy: null,
    hooks: { smoke: [], beforeTraffic: [], after: [], onFailure: [] },
    keepReleases: 5,
    keepWarmMs: 60_000,
    sources: [],
    drainMs: 5_000,
    keepMs: null,
  }
}

/** What outlives an agent: its folder, the machine, the proxy. Agents are opened on it, one after another. */
export interface World {
  clock: TestClock
  machine: MemoryMachine
  proxy: MemoryProxy
  home: string
  /** What went wrong outside any rollout. */
  troubles: unknown[]
  agent(options?: AgentOptions): Promise<Agent>
}

export interface AgentOptions {
  holder?: string
  hook?: (hook: HookName) => Promise<CommandResult>
  /** Wraps what is written down, so that a test can cut it off. */
  records?: (records: Records) => Records
}

/** The control part of one agent: the store, and the keepers of its environments. */
export interface Agent {
  store: Store
  records: Records
  keepers: Map<string, Keeper>
  keeper(environment?: string): Promise<Keeper>
  /** Ends like a killed process: nothing is finished, nothing given back. */
  kill(): Promise<void>
}

export function openWorld(home: string, clock = testClock()): World {
  const machine = new MemoryMachine(clock)
  const proxy = new MemoryProxy()
  const troubles: unknown[] = []
  return {
    clock,
    machine,
    proxy,
    home,
    troubles,
    async agent({ holder = 'agent', hook, records: wrap = (same: Records) => same } = {}) {
      const store = await openStore(home)
      const records = wrap(openRecords(store))
      const target = new MemoryTarget(machine)
      const router = new MemoryRouter(proxy, clock)
      const keepers = new Map<string, Keeper>()
      const add = async (settings: EnvironmentSettings, state = newEnvironmentState()) => {
        const keeper = new Keeper({
          settings,
          state,
          target,
          router,
          records,
          store,
          clock,
          holder,
          sources: async () => [
            {
              read: async ({ environment }) => ({
                boots: (await router.counts(environment)).boots,
                ratios: [],
              }),
              close: async () => {},
            },
          ],
          runHook: hook ?? (async () => ({ ok: true, message: '', output: [] })),
          onTrouble: (_, error) => troubles.push(error),
        })
        keepers.set(settings.id, keeper)
        return keeper
      }
      for (const { settings, state } of await records.environments.all()) await add(settings, state)
      for (const keeper of keepers.values()) await keeper.open()
      return {
        store,
        records,
        keepers,
        async keeper(environment = production) {
          const known = keepers.get(environment)
          if (known !== undefined) return known
          const keeper = await add(settingsOf(environment))
          await records.environments.save(keeper)
          await keeper.open()
          return keeper
        },
        async kill() {
          for (const keeper of keepers.values()) await keeper.close()
          await target.close()
          await store.close()
        },
      }
    },
  }
}

interface Wish {
  release: string
  spec?: StrategySpec
  count?: number
  conduct?: Conduct
  keepWarmMs?: number
  hooks?: HookName[]
}

/** Begins a rollout as a deploy would. */
export async function begin(agent: Pick<Agent, 'records'>, keeper: Keeper, wish: Wish): Promise<Drive> {
  const { release, spec = blueGreen, count = 2, conduct = 'good', keepWarmMs = 60_000, hooks = [] } = wish
  await agent.records.environments.saveSpec(specOf(release, { environment: keeper.id, conduct }), 0)
  return keeper.begin(deployOf(keeper, { release, spec, count, keepWarmMs, hooks }), by)
}

export const by = { startedBy: 'ann', note: { source: 'test', warnings: [] } }

let rollouts = 0

export function deployOf(
  keeper: Keeper,
  wish: { release: string; spec: StrategySpec; count: number; keepWarmMs: number; hooks: HookName[] },
): Rollout {
  const { settings, state } = keeper
  const { release, spec, count, keepWarmMs, hooks } = wish
  const request = {
    stable: state.stable,
    candidate: { release, count },
    traffic: 'weighted' as const,
    warm: state.warm,
    hooks,
    drainMs: settings.drainMs,
    keepWarmMs,
    holdback: null,
  }
  return newRollout({
    ...common(keeper),
    kind: 'deploy',
    strategy: spec.kind,
    candidate: request.candidate,
    steps: compile(spec, request),
    isExclusive: isExclusive(spec),
    keepWarmMs,
    hasOnFailure: hooks.includes('onFailure'),
    isWarm: false,
    trial: null,
  })
}

/** The way back, as a flip where `isWarm`. */
export function rollbackTo(keeper: Keeper, release: string, isWarm: boolean): Rollout {
  const { settings, state } = keeper
  const candidate = { release, count: 2 }
  const request = {
    stable: state.stable,
    candidate,
    traffic: 'weighted' as const,
    warm: state.warm,
    hooks: [],
    drainMs: settings.drainMs,
    keepWarmMs: 0,
    holdback: null,
  }
  return newRollout({
    ...common(keeper),
    kind: 'rollback',
    strategy: 'rollback',
    candidate,
    steps: rollbackSteps(request, { isWarm, isExclusive: false, progressDeadlineMs: 60_000 }),
    isExclusive: false,
    keepWarmMs: 0,
    hasOnFailure: false,
    isWarm,
    trial: null,
  })
}

function common({ id, settings, state }: Keeper) {
  rollouts += 1
  return {
    id: rollouts.toString(16).padStart(8, '0'),
    environment: id,
    stable: state.stable,
    drainMs: settings.drainMs,
    at: 0,
    weights: state.routing?.weights ?? {},
    weightEpoch: state.weightEpoch,
    nextEffect: state.nextEffect,
  }
}
