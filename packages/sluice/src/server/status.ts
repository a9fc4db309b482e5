import { caughtOf } from '../runtime/drill-records.ts'
import type { Keeper } from '../runtime/keeper.ts'
import type { EnvironmentStatus, StatusAnswer } from './contract.ts'
import type { Control } from './control.ts'
import { removedAt } from './previews.ts'
import { summaryOf } from './summaries.ts'

/** Every environment, or those of one app or of one name, as they are now. */
export async function environmentsNow(
  control: Control,
  filter: { app?: string | undefined; environment?: string | undefined },
): Promise<StatusAnswer['environments']> {
  const wanted = [...control.keepers.values()].filter(
    ({ settings }) =>
      (filter.app === undefined || settings.app === filter.app) &&
      (filter.environment === undefined || settings.name === filter.environment),
  )
  return Promise.all(wanted.map((keeper) => environmentNow(control, keeper)))
}

async function environmentNow(control: Control, keeper: Keeper): Promise<EnvironmentStatus> {
  const { settings, state } = keeper
  const [seen, routed, counts] = await Promise.all([
    control.target.observe(keeper.id),
    control.router.observe(keeper.id).catch(() => null),
    control.router.counts(keeper.id).catch(() => null),
  ])
  const drill = await control.records.drills.latest(keeper.id)
  const url = await control.urlOf(settings)
  const record = keeper.rollout === null ? null : await control.records.rollouts.find(keeper.rollout.id)
  return {
    id: keeper.id,
    app: settings.app,
    name: settings.name,
    isUp: state.isUp,
    url: url.live,
    previewUrl: url.preview,
    previewToken: settings.route.preview?.token ?? null,
    stable: state.stable,
    stableSince: state.promoted.findLast((one) => one.release === state.stable?.release)?.at ?? null,
    warm: state.warm,
    weights: routed?.weights ?? {},
    releases: Object.entries(seen.releases).map(([release, found]) => ({
      release,
      wanted: found.wanted,
      facts: found.facts,
      instances: found.instances.map((instance) => ({
        id: instance.id,
        state: instance.state,
        handle: instance.handle,
        port: instance.address?.port ?? null,
        startedAt: instance.startedAt,
      })),
    })),
    rollout: keeper.rollout === null ? null : summaryOf(keeper.rollout, record?.startedBy ?? ''),
    lastDrill:
      drill === null ? null : { at: drill.at, faults: drill.results.length, caught: caughtOf(drill) },
    removedAt: await removedAt(control, keeper),
    totals: counts?.totals ?? { requests: 0, failed: 0, retried: 0 },
  }
}

/** What an operator should know although nobody asked. */
export async function warningsNow(control: Control): Promise<string[]> {
  const full = 'The disk that holds SLUICE_HOME is full: new deploys are refused until there is room.'
  return [...(control.store.isFull() ? [full] : []), ...(await control.router.warnings())]
}
