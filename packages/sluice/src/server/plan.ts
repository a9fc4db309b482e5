import { defaultStrategy } from '../config/resolve.ts'
import { describeStep } from '../core/narrate.ts'
import { compile, priceOf, type StrategyName, strategies, strategyNames } from '../core/strategies/index.ts'
import { newEnvironmentState } from '../runtime/environment-state.ts'
import type { ReleaseSpec } from '../targets/target.ts'
import type { DeployRequest, PlanAnswer } from './contract.ts'
import type { Control } from './control.ts'
import { checkedEnv, chooseStrategy, type Intent, planRequest, readIntent, refusalHere } from './intent.ts'
import { recommendFor } from './recommend.ts'
import { warningsOf } from './warnings.ts'

/** What a deploy would do, what it costs and risks beside the other strategies. Nothing is built or changed. */
export async function plan(control: Control, request: DeployRequest): Promise<PlanAnswer> {
  const intent = await readIntent(request.folder, request)
  const { environment, config } = intent
  const state = control.keepers.get(environment.id)?.state ?? newEnvironmentState()
  const recommended = recommendFor(control, intent)
  const can = control.outside.can(environment)
  const strategy = chooseStrategy(intent, request.strategy, recommended.strategy, can)
  const env = await checkedEnv(intent)
  const release = request.release ?? (await nextRelease(control, config.app))
  const from = planRequest(intent, state, release, can)
  return {
    app: config.app,
    environment: environment.name,
    strategy: strategy.kind,
    from: state.stable,
    to: from.candidate,
    steps: compile(strategy, from).map((step) => ({ step, text: describeStep(step) })),
    price: priceOf(strategy, from),
    recommended,
    compared: strategyNames.map((name) => compared(intent, control, name, from)),
    configuration: await changedConfiguration(control, intent, state.stable?.release, env),
    keepWarmMs: environment.keepWarmMs,
    warnings: warningsOf(control, intent, strategy, from),
  }
}

function compared(
  intent: Intent,
  control: Control,
  name: StrategyName,
  from: ReturnType<typeof planRequest>,
) {
  const configured = intent.environment.strategy
  const spec = configured?.kind === name ? configured : defaultStrategy(name)
  return {
    strategy: name,
    summary: strategies[name].summary,
    refusal: refusalHere(intent, spec, control.outside.can(intent.environment)),
    price: priceOf(spec, from),
  }
}

async function nextRelease(control: Control, app: string): Promise<string> {
  const [newest] = await control.records.releases.list(app)
  return `r${Number(newest?.release.slice(1) ?? 0) + 1}`
}

async function changedConfiguration(
  control: Control,
  intent: Intent,
  stable: string | undefined,
  env: ReleaseSpec['env'],
): Promise<PlanAnswer['configuration']> {
  const before =
    stable === undefined ? null : await control.records.environments.spec(intent.environment.id, stable)
  const old = before?.env ?? {}
  const isSame = (name: string) => JSON.stringify(old[name]) === JSON.stringify(env[name])
  return {
    added: Object.keys(env).filter((name) => !(name in old)),
    changed: Object.keys(env).filter((name) => name in old && !isSame(name)),
    removed: Object.keys(old).filter((name) => !(name in env)),
  }
}
