import type { Routing } from '../core/effect.ts'
import type { Fence } from '../core/fence.ts'
import type { HookName, Party, Warm } from '../core/plan.ts'
import type { EnvironmentId, Ms, ReleaseId } from '../core/release.ts'
import type { StrategySpec } from '../core/strategies/index.ts'
import type { UserCommand } from '../host/run-commands.ts'
import type { MetricServer, RatioQuery } from '../metrics/source.ts'
import type { RouteSettings } from '../routers/router.ts'

/** What the newest deploy said of an environment. */
export interface EnvironmentSettings {
  id: EnvironmentId
  app: string
  name: string
  target: string
  router: string
  /** The one before it, where the newest deploy has changed it: told the same until the deploy after that. */
  formerRouter?: string
  route: RouteSettings
  strategy: StrategySpec | null
  /** Where metrics of the user's own come from, by the name of the source. */
  sources: { name: string; server: MetricServer; queries: RatioQuery[] }[]
  hooks: Record<HookName, UserCommand[]>
  keepReleases: number
  keepWarmMs: Ms
  drainMs: Ms
  /** Of a preview: how long it stays after its newest deploy; null: it is none. */
  keepMs: Ms | null
}

/** Where an environment stands between rollouts, and what the router was last told. */
export interface EnvironmentState {
  stable: Party | null
  warm: Warm[]
  /** Releases that became stable, oldest first; `leftAt` once they were rolled back from. */
  promoted: { release: ReleaseId; at: Ms; leftAt: Ms | null }[]
  routing: Routing | null
  /** What the router was told under; told again with it when instances come and go. */
  fence: Fence
  /** Of the sticky hash; the id of the newest rollout. */
  salt: string
  weightEpoch: number
  nextEffect: number
  /** The rollout that is under way. */
  rollout: string | null
  /** False after `down`: nothing of it should run. */
  isUp: boolean
}

export function newEnvironmentState(): EnvironmentState {
  return {
    stable: null,
    warm: [],
    promoted: [],
    routing: null,
    fence: { token: 0, effect: 0 },
    salt: 'first',
    weightEpoch: 0,
    nextEffect: 1,
    rollout: null,
    isUp: true,
  }
}
