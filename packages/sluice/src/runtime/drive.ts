import type { Effect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { Fence } from '../core/fence.ts'
import { type Fact, narrate } from '../core/narrate.ts'
import { isOver, type Rollout } from '../core/rollout.ts'
import { step } from '../core/step.ts'
import { awaitedEffects } from '../core/turn.ts'
import { SluiceError } from '../errors.ts'

/** Carries one effect out and says what came of it. Never rejects: what goes wrong is a `failed` event. */
export type Perform = (effect: Effect, fence: Fence) => Promise<Event>

/** Writes one event down, with the state it led to. Resolves once that is on the disk. */
export type Append = (after: Rollout, seq: number, event: Event, facts: Fact[]) => Promise<void>

export interface Drive {
  /** The newest durable state; `started` is in it. */
  readonly rollout: Rollout
  /** A person's word: promoted, paused, resumed, aborted. Resolves once it is durable; rejects when it is not heard. */
  tell(event: Event): Promise<Rollout>
  /** Resolves with the state at the end; rejects when the journal can no longer be written, and never after `stop`. */
  readonly done: Promise<Rollout>
  /** Lets go: nothing more is performed or written. The rollout goes on when it is driven again. */
  stop(): void
}

export interface DriveOptions {
  rollout: Rollout
  /** Of the newest entry in the journal. */
  seq: number
  /** Of the lease; the first half of every fence. */
  token: number
  perform: Perform
  append: Append
  /** Called after each event is durable. */
  onStep?: (after: Rollout, seq: number, event: Event, facts: Fact[]) => void
}

/**
 * Drives a rollout from a journaled state to its end: takes one event at a time, writes it down, and only then performs
 * the effects it led to. What is awaited at the start is performed first, so a restart repeats work and forgets none.
 */
export function drive(options: DriveOptions): Drive {
  const { perform, append, token } = options
  let { rollout, seq } = options
  /** Why nothing is taken any more. */
  let refusal: unknown = null
  let turn: Promise<unknown> = Promise.resolve()
  const { promise: done, resolve, reject } = Promise.withResolvers<Rollout>()
  // Nobody may be listening when the journal fails; the keeper looks at `done` in its own time.
  done.catch(() => {})

  function take(event: Event): Promise<Rollout> {
    const taken = turn.then(() => takeNow(event))
    turn = taken.catch(giveUp)
    return taken
  }

  function giveUp(error: unknown): void {
    if (refusal !== null) return
    refusal = error
    reject(error)
  }

  async function takeNow(event: Event): Promise<Rollout> {
    if (refusal !== null) throw refusal
    if (isOver(rollout)) return rollout
    const [after, effects] = step(rollout, event)
    if (after === rollout) return rollout
    const facts = narrate(rollout, event, after)
    await append(after, seq + 1, event, facts)
    rollout = after
    seq += 1
    options.onStep?.(after, seq, event, facts)
    if (isOver(after)) resolve(after)
    else if (refusal === null) performAll(effects)
    return after
  }

  function performAll(effects: Effect[]): void {
    for (const effect of effects) {
      void perform(effect, { token, effect: effect.id }).then((event) => {
        if (refusal === null) void take(event).catch(() => {})
      })
    }
  }

  if (isOver(rollout)) resolve(rollout)
  else performAll(awaitedEffects(rollout))

  return {
    get rollout() {
      return rollout
    },
    tell: take,
    done,
    stop() {
      refusal ??= new SluiceError('LEASE_LOST', `rollout ${rollout.id} is not driven here any more`)
    },
  }
}
