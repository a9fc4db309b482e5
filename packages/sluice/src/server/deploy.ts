import { isWatching, type Rollout } from '../core/rollout.ts'
import { compile, isExclusive, type StrategySpec } from '../core/strategies/index.ts'
import type { PlanRequest } from '../core/strategies/strategy.ts'
import { newEnvironmentState } from '../runtime/environment-state.ts'
import type { Keeper } from '../runtime/keeper.ts'
import type { ReleaseRecord } from '../runtime/release-records.ts'
import type { DeployNews, DeployRequest } from './contract.ts'
import type { Control } from './control.ts'
import {
  checkedEnv,
  chooseStrategy,
  type Intent,
  planRequest,
  readIntent,
  settingsOf,
  specOf,
} from './intent.ts'
import { trialFor } from './new-trial.ts'
import { nextRollout } from './next-rollout.ts'
import type { Preparation } from './preparations.ts'
import { refuseManyPreviews } from './previews.ts'
import { prune } from './prune.ts'
import { recommendFor } from './recommend.ts'
import { refuseFullDisk, refuseRouteConflict, underWay } from './refusals.ts'
import { knownRelease, newRelease, placeFor, type Say } from './releases.ts'
import { warningsOf } from './warnings.ts'

type Tell = (news: DeployNews) => void

/**
 * From a folder to a rollout that is under way. Everything that can be checked is checked before anything is built, and
 * everything is built before anything moves; `tell` hears of it on the way. Throws SluiceErrors of every kind but `bug`.
 */
export async function deploy(control: Control, request: DeployRequest, tell: Tell): Promise<void> {
  await refuseFullDisk(control)
  const intent = await readIntent(request.folder, request)
  const { id } = intent.environment
  await control.removals.get(id)?.catch(() => {})
  const rollout = control.keepers.get(id)?.rollout ?? null
  if (rollout !== null && !isWatching(rollout) && !request.supersede)
    throw await underWay(control, rollout, 'deploy')
  const preparation = control.preparations.take(id, request.by, request.supersede)
  try {
    await prepareAndBegin(control, intent, request, { tell, preparation })
  } finally {
    preparation.end()
  }
}

async function prepareAndBegin(
  control: Control,
  intent: Intent,
  request: DeployRequest,
  { tell, preparation }: { tell: Tell; preparation: Preparation },
): Promise<void> {
  const say: Say = (title, text) =>
    tell({ kind: 'fact', fact: { at: control.clock.now(), mark: 'done', title, text } })
  const strategy = await announce(control, intent, request, tell)
  const env = await checkedEnv(intent)
  const { envSchema } = intent.config
  if (envSchema !== null)
    say('configuration', `${Object.keys(env).length} variables checked against ${envSchema}`)
  refuseRouteConflict(control, intent)
  refuseManyPreviews(control, intent)

  const release =
    request.release === undefined
      ? await newRelease(control, intent, request.by, say)
      : await knownRelease(control, intent.config.app, request.release)
  const place = await placeFor(control, intent, release)
  preparation.check()

  // Others may have come while this one was built.
  refuseManyPreviews(control, intent)
  const keeper = await control.keeperFor((token) => settingsOf(intent, token))
  await endWatch(control, keeper, request.by, say)
  if (request.supersede) await supersede(control, keeper, request.by, say)
  preparation.check()
  if (!keeper.state.isUp) await keeper.bringUp()
  const { settings } = keeper
  await keeper.settle(settingsOf(intent, settings.route.preview?.token ?? '', settings))
  const spec = specOf(intent, { release: release.release, env, ...place })
  await control.records.environments.saveSpec(spec, control.clock.now())
  await begin(control, keeper, request, { intent, strategy, release, tell })
}

// What is about to happen, and the strategy for it: the one asked for, the file's, or the recommended one.
async function announce(
  control: Control,
  intent: Intent,
  request: DeployRequest,
  tell: Tell,
): Promise<StrategySpec> {
  const { environment, config } = intent
  const recommended = recommendFor(control, intent)
  const can = control.outside.can(environment)
  const strategy = chooseStrategy(intent, request.strategy, recommended.strategy, can)
  const state = control.keepers.get(environment.id)?.state ?? newEnvironmentState()
  // The release is made later, and its name changes nothing here.
  const plan = planRequest(intent, state, request.release ?? 'new', can)
  const isChosen = request.strategy !== undefined || environment.strategy !== null
  tell({
    kind: 'planned',
    app: config.app,
    environment: environment.name,
    target: environment.target,
    router: environment.router,
    instances: environment.instances,
    strategy: strategy.kind,
    recommended: isChosen ? null : recommended.why,
    warnings: warningsOf(control, intent, strategy, plan),
  })
  return strategy
}

// A release that has been promoted and is only watched stays; stable's share moves to it before the next one begins.
async function endWatch(control: Control, keeper: Keeper, by: string, say: Say): Promise<void> {
  const { rollout } = keeper
  if (rollout === null || !isWatching(rollout)) return
  say('holdback', `the watch of ${rollout.candidate.release} ends here (rollout ${rollout.id})`)
  await keeper.tell({ kind: 'promoted', at: control.clock.now(), by, full: true })
  await keeper.idle()
}

async function supersede(control: Control, keeper: Keeper, by: string, say: Say): Promise<void> {
  const { rollout } = keeper
  if (rollout === null) return
  say('supersede', `the rollout of ${rollout.candidate.release} is undone first (rollout ${rollout.id})`)
  await keeper.tell({ kind: 'aborted', at: control.clock.now(), by, why: 'superseded' })
  await keeper.idle()
}

async function begin(
  control: Control,
  keeper: Keeper,
  request: DeployRequest,
  given: { intent: Intent; strategy: StrategySpec; release: ReleaseRecord; tell: Tell },
): Promise<void> {
  const { intent, strategy, release } = given
  const plan = planRequest(intent, keeper.state, release.release, control.outside.can(intent.environment))
  const rollout = rolloutOf(control, keeper, intent, strategy, plan)
  const note = { source: request.folder, warnings: warningsOf(control, intent, strategy, plan) }
  const driven = await keeper.begin(rollout, { startedBy: request.by, note })
  await control.records.audit({
    at: rollout.startedAt,
    by: request.by,
    environment: keeper.id,
    what: 'deploy',
    data: { release: release.release, rollout: rollout.id, strategy: strategy.kind },
  })
  const { live } = await control.urlOf(keeper.settings)
  given.tell({
    kind: 'rollout',
    id: rollout.id,
    from: rollout.stable?.release ?? null,
    to: release.release,
    url: live,
  })
  void driven.done.then(() => prune(control, intent.config.app, keeper.settings.keepReleases)).catch(() => {})
}

function rolloutOf(
  control: Control,
  keeper: Keeper,
  intent: Intent,
  strategy: StrategySpec,
  plan: PlanRequest,
): Rollout {
  return nextRollout(control, keeper, {
    kind: 'deploy',
    strategy: strategy.kind,
    candidate: plan.candidate,
    steps: compile(strategy, plan),
    isExclusive: isExclusive(strategy),
    keepWarmMs: plan.keepWarmMs,
    drainMs: plan.drainMs,
    hasOnFailure: plan.hooks.includes('onFailure'),
    isWarm: false,
    trial: trialFor(control, intent, strategy, plan),
  })
}
