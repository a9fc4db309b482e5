import type { Effect } from '../core/effect.ts'
import type { Event, ReleaseSeen } from '../core/event.ts'
import type { Ms, ReleaseId } from '../core/release.ts'
import type { Rollout } from '../core/rollout.ts'
import type { ModelledTraffic } from './modelled-traffic.ts'

/** Where nothing is weighed the guard alone looks, this often. */
const guardMs = 1_000

type Awaited<K extends Effect['kind']> = Extract<Effect, { kind: K }>

/**
 * A target and a router that do at once what they are told, whatever it is. Nobody looks between two ticks, because
 * nothing is decided there: time goes on to the next tick or alarm, and the counters are drawn for all of it at once.
 */
export class ObligingWorld {
  now: Ms = 0
  readonly #traffic: ModelledTraffic
  readonly #instances: Record<ReleaseId, number>
  #routing: Awaited<'route'>['routing'] | null = null
  /** Something has changed since it was last observed. */
  #isNews = true

  constructor(traffic: ModelledTraffic, instances: Record<ReleaseId, number>) {
    this.#traffic = traffic
    this.#instances = { ...instances }
  }

  /** The answer that comes next, to one of the effects that the rollout awaits. A person who is asked approves at once. */
  answer(rollout: Rollout): Event {
    return this.#answerNow(rollout) ?? this.#answerAt(this.#nextMoment(rollout), rollout)
  }

  #answerAt(moment: Ms, rollout: Rollout): Event {
    this.now = moment
    const event = this.#answerNow(rollout)
    if (event === null) throw new Error('nothing is awaited: the rehearsed rollout stands still')
    return event
  }

  // The alarm comes last: what it is to decide should have been looked at.
  #answerNow(rollout: Rollout): Event | null {
    const { act, route, observe, measure, wait } = rollout.awaiting
    if (act !== null) return this.#act(act)
    if (route !== null) return this.#route(route)
    if (observe !== null && this.#isToBeObserved(rollout, observe)) return this.#observed(observe)
    if (isAtGate(rollout)) return { kind: 'promoted', at: this.now, by: 'a person', full: false }
    if (measure !== null && (rollout.guard.measuredAt ?? -1) < this.now)
      return this.#measured(rollout, measure)
    if (wait !== null && wait.untilMs <= this.now) return { kind: 'woke', at: this.now, effect: wait.id }
    return null
  }

  #isToBeObserved({ seen }: Rollout, { withinMs }: Awaited<'observe'>): boolean {
    return this.#isNews || withinMs === 0 || seen === null || seen.at < this.now
  }

  #nextMoment(rollout: Rollout): Ms {
    const { wait } = rollout.awaiting
    return Math.min(nextLook(rollout), wait?.untilMs ?? Number.POSITIVE_INFINITY)
  }

  #act(effect: NonNullable<Rollout['awaiting']['act']>): Event {
    const answer = { at: this.now, effect: effect.id }
    if (effect.kind === 'run') return { kind: 'ran', ...answer, ok: true, message: '', output: [] }
    this.#instances[effect.release] = effect.kind === 'scale' ? effect.count : 0
    this.#isNews = true
    return { kind: effect.kind === 'scale' ? 'scaled' : 'retired', ...answer }
  }

  #route({ id, routing }: Awaited<'route'>): Event {
    this.#traffic.route(routing, this.now)
    this.#routing = routing
    this.#isNews = true
    return { kind: 'routed', at: this.now, effect: id }
  }

  #observed({ id }: Awaited<'observe'>): Event {
    this.#isNews = false
    const releases = Object.fromEntries(
      Object.entries(this.#instances).map(([release, count]) => [release, allReady(count)]),
    )
    const { weightEpoch = 0, weights = {} } = this.#routing ?? {}
    const router = { weightEpoch, weights, reached: true, leaving: {} }
    return { kind: 'observed', at: this.now, effect: id, releases, router }
  }

  #measured(rollout: Rollout, { id }: Awaited<'measure'>): Event {
    this.#traffic.countTo(this.now)
    return {
      kind: 'measured',
      at: this.now,
      effect: id,
      isFull: this.now >= nextLook(rollout),
      boots: this.#traffic.boots(),
      ratios: this.#traffic.ratios(),
    }
  }
}

/** When the next tick is due; without a trial, when the guard looks. */
function nextLook({ trial, guard, status }: Rollout): Ms {
  if (trial === null || status !== 'running')
    return guard.measuredAt === null ? 0 : guard.measuredAt + guardMs
  return trial.tally.at === null ? 0 : trial.tally.at + trial.spec.tickMs
}

function isAtGate({ steps, at, status }: Rollout): boolean {
  return status === 'running' && steps[at]?.kind === 'gate'
}

function allReady(count: number): ReleaseSeen {
  return {
    instances: count,
    ready: count,
    exitsBeforeReady: 0,
    exitsAfterReady: 0,
    neverReady: 0,
    trouble: null,
  }
}
