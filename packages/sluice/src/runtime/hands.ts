import type { Effect } from '../core/effect.ts'
import type { Event, ReleaseSeen, RouterSeen } from '../core/event.ts'
import type { Fence } from '../core/fence.ts'
import type { HookName } from '../core/plan.ts'
import type { ReleaseId } from '../core/release.ts'
import { SluiceError } from '../errors.ts'
import type { CommandResult } from '../host/run-commands.ts'
import type { Reading } from '../metrics/source.ts'
import type { Router, RouterObservation } from '../routers/router.ts'
import type { ReleaseObservation, ReleaseSpec, Target, TargetObservation } from '../targets/target.ts'
import { type Clock, until } from './clock.ts'
import { isLeaving } from './compose-traffic.ts'
import type { Perform } from './drive.ts'
import type { EnvironmentState } from './environment-state.ts'

/** An effect that has no answer after this long counts as failed; if it is applied later, its fence is too old. */
const answerWithinMs = 60_000

export interface HandsOptions {
  environment: string
  target: Omit<Target, 'can'>
  router: Pick<Router, 'observe'>
  clock: Clock
  state(): EnvironmentState
  specOf(release: ReleaseId): Promise<ReleaseSpec>
  /** Tells the router, with the addresses of the moment. */
  route(routing: Extract<Effect, { kind: 'route' }>['routing'], fence: Fence): Promise<void>
  runHook(hook: HookName): Promise<CommandResult>
  /** What has been counted until now. */
  read(isFull: boolean): Promise<Reading>
}

/** Carries effects out on the environment's target and router. */
export function hands(options: HandsOptions): Perform {
  const told: Told = { version: -1 }
  return async (effect, fence) => {
    try {
      const limitMs = await timeLimit(effect, options)
      return await within(carryOut(effect, fence, options, told), limitMs, options.clock)
    } catch (error) {
      const code = error instanceof SluiceError ? error.code : 'BUG'
      const message = error instanceof Error ? error.message : String(error)
      return { kind: 'failed', at: options.clock.now(), effect: effect.id, code, message }
    }
  }
}

/** The newest version of the target's view that the rollout has been told. */
interface Told {
  version: number
}

async function carryOut(effect: Effect, fence: Fence, options: HandsOptions, told: Told): Promise<Event> {
  const { target, clock, environment } = options
  const answer = () => ({ at: clock.now(), effect: effect.id })
  switch (effect.kind) {
    case 'scale':
      await target.scale({ spec: await options.specOf(effect.release), count: effect.count, fence })
      return { kind: 'scaled', ...answer() }
    case 'retire':
      await target.scale({ spec: await options.specOf(effect.release), count: 0, fence })
      await target.forget(environment, effect.release)
      return { kind: 'retired', ...answer() }
    case 'route':
      await options.route(effect.routing, fence)
      return { kind: 'routed', ...answer() }
    case 'run': {
      const { ok, message, output } = await options.runHook(effect.hook)
      return { kind: 'ran', ...answer(), ok, message, output }
    }
    case 'observe':
      return { kind: 'observed', ...(await observation(effect.withinMs, options, told)), ...answer() }
    case 'measure':
      await until(clock, effect.atMs)
      return { kind: 'measured', isFull: effect.isFull, ...(await options.read(effect.isFull)), ...answer() }
    case 'wait':
      await until(clock, effect.untilMs)
      return { kind: 'woke', ...answer() }
  }
}

// Answers when the target's view is no longer the one that was last told, or at the end of the patience.
async function observation(withinMs: number, options: HandsOptions, told: Told) {
  const { environment, target, router } = options
  if (withinMs > 0) await target.changed(environment, told.version, withinMs)
  const [seen, routed] = await Promise.all([target.observe(environment), router.observe(environment)])
  told.version = Math.max(told.version, seen.version)
  return { releases: releasesSeen(seen), router: routerSeen(routed, seen, options.state()) }
}

function releasesSeen(seen: TargetObservation): Record<ReleaseId, ReleaseSeen> {
  return Object.fromEntries(
    Object.entries(seen.releases).map(([release, found]) => [release, releaseSeen(found)]),
  )
}

function releaseSeen(found: ReleaseObservation): ReleaseSeen {
  const trouble = found.facts.at(-1)
  return {
    instances: found.instances.length,
    ready: found.instances.filter((instance) => instance.state === 'ready').length,
    exitsBeforeReady: found.exitsBeforeReady,
    exitsAfterReady: found.exitsAfterReady,
    neverReady: found.facts.filter((fact) => fact.kind === 'neverReady').length,
    trouble:
      trouble === undefined
        ? null
        : {
            message: trouble.message,
            ...(trouble.todo === undefined ? {} : { todo: trouble.todo }),
            details: trouble.details,
          },
  }
}

function routerSeen(routed: RouterObservation, seen: TargetObservation, state: EnvironmentState): RouterSeen {
  const { weightEpoch, weights, reached, inFlight } = routed
  if (inFlight === null) return { weightEpoch, weights, reached, leaving: null }
  const leaving: NonNullable<RouterSeen['leaving']> = {}
  const { routing } = state
  for (const [release, { instances }] of Object.entries(seen.releases)) {
    const sum = { requests: 0, tunnels: 0 }
    for (const instance of instances) {
      const found = inFlight[instance.id]
      if (found === undefined || routing === null || !isLeaving(instance, routing)) continue
      sum.requests += found.requests
      sum.tunnels += found.tunnels
    }
    leaving[release] = sum
  }
  return { weightEpoch, weights, reached, leaving }
}

// Hooks have limits of their own; a release that ends may use up its grace.
async function timeLimit(effect: Effect, { clock, specOf }: HandsOptions): Promise<number | null> {
  switch (effect.kind) {
    case 'run':
    case 'wait':
      return null
    case 'scale':
    case 'retire':
      return answerWithinMs + (await specOf(effect.release)).graceMs
    case 'measure':
      return answerWithinMs + Math.max(0, effect.atMs - clock.now())
    case 'observe':
      return answerWithinMs + effect.withinMs
    case 'route':
      return answerWithinMs
  }
}

async function within<T>(work: Promise<T>, limitMs: number | null, clock: Clock): Promise<T> {
  if (limitMs === null) return work
  const { promise, reject } = Promise.withResolvers<never>()
  const callOff = clock.at(clock.now() + limitMs, () =>
    reject(new SluiceError('TIMED_OUT', `no answer after ${limitMs / 1_000} s`)),
  )
  return Promise.race([work, promise]).finally(callOff)
}
