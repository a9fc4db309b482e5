import type { Routing } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { Fence } from '../core/fence.ts'
import type { Fact } from '../core/narrate.ts'
import type { HookName } from '../core/plan.ts'
import type { ReleaseId } from '../core/release.ts'
import { isOver, type Rollout } from '../core/rollout.ts'
import { step } from '../core/step.ts'
import { SluiceError } from '../errors.ts'
import type { Router } from '../routers/router.ts'
import type { ReleaseSpec, Target } from '../targets/target.ts'
import type { Clock } from './clock.ts'
import { composeTraffic } from './compose-traffic.ts'
import { type Drive, drive } from './drive.ts'
import type { EnvironmentSettings, EnvironmentState } from './environment-state.ts'
import { hands } from './hands.ts'
import { acquireLease, type Lease, leaseMs } from './lease.ts'
import type { Records, RolloutNote } from './records.ts'
import { retireWarm } from './retire-warm.ts'
import type { HookResult } from './run-hook.ts'
import type { Store } from './store.ts'

export interface KeeperOptions {
  settings: EnvironmentSettings
  state: EnvironmentState
  target: Target
  router: Router
  records: Records
  store: Store
  clock: Clock
  /** Names this control process in the lease; the same again after a restart. */
  holder: string
  runHook(hook: HookName, rollout: Rollout): Promise<HookResult>
  /** What goes wrong outside any rollout. */
  onTrouble(environment: string, error: unknown): void
}

/** What a listener is told of a rollout as it happens. */
export interface RolloutNews {
  seq: number
  event: Event
  facts: Fact[]
  rollout: Rollout
}

/**
 * The one writer of an environment: drives its rollout, tells the router of instances that come and go, and ends warm
 * releases when their time is over.
 */
export class Keeper {
  settings: EnvironmentSettings
  state: EnvironmentState
  readonly #options: KeeperOptions
  readonly #listeners = new Set<(news: RolloutNews) => void>()
  #drive: Drive | null = null
  #lease: Lease | null = null
  #lastTraffic = ''
  #turn: Promise<unknown> = Promise.resolve()
  /** Work on the environment outside a rollout; one at a time, and none while a rollout begins. */
  #ownWork: Promise<unknown> = Promise.resolve()
  #isClaimed = false
  #callOffs = new Set<() => void>()
  #isClosed = false

  constructor(options: KeeperOptions) {
    this.#options = options
    this.settings = options.settings
    this.state = options.state
  }

  get id(): string {
    return this.settings.id
  }

  /** The rollout that is under way, as durable as it is known. */
  get rollout(): Rollout | null {
    return this.#drive?.rollout ?? null
  }

  /** Goes on with what was under way, and keeps the router up to date from now on. */
  async open(): Promise<void> {
    if (this.state.rollout !== null) await this.#resume(this.state.rollout)
    void this.#follow()
    this.#planRetirement()
  }

  /** Begins a rollout. Refused while another is under way. */
  async begin(rollout: Rollout, by: { startedBy: string; note: RolloutNote }): Promise<Drive> {
    if (this.#drive !== null)
      throw new SluiceError('ROLLOUT_UNDER_WAY', `a rollout of ${this.id} is under way`)
    const { records, clock } = this.#options
    const lease = await this.#hold()
    const state = { ...this.state, rollout: rollout.id, salt: rollout.id, isUp: true }
    const event: Event = { kind: 'started', at: clock.now() }
    const [started] = step(rollout, event)
    const record = { rollout: started, beginning: rollout, ...by }
    await records.rollouts.begin(record, { seq: 1, at: event.at, event, facts: [] }, state)
    this.state = state
    return this.#start(started, 1, lease)
  }

  /** A person's word on the rollout that is under way. */
  async tell(event: Event): Promise<Rollout> {
    if (this.#drive === null) throw new SluiceError('NO_ROLLOUT', `no rollout of ${this.id} is under way`)
    return this.#drive.tell(event)
  }

  /** Resolves when no rollout is under way any more. */
  async idle(): Promise<void> {
    await this.#drive?.done.catch(() => {})
    await this.#turn
  }

  onNews(listener: (news: RolloutNews) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes what a deploy says of the environment; the router is told with its next change. */
  async settle(settings: EnvironmentSettings): Promise<void> {
    this.settings = settings
    await this.#options.records.environments.save({ settings, state: this.state })
  }

  /** Ends everything of it and takes it out of the router; what was deployed stays known for `up`. */
  async takeDown(): Promise<void> {
    await this.#exclusively(async (fence) => {
      const routing = { ...this.#routing(), weights: {}, weightEpoch: this.state.weightEpoch + 1 }
      await this.#save({ ...this.state, isUp: false, warm: [], weightEpoch: routing.weightEpoch })
      await this.#route(routing, fence())
      const { releases } = await this.#options.target.observe(this.id)
      for (const release of Object.keys(releases)) {
        await this.#options.target.scale({ spec: await this.#specOf(release), count: 0, fence: fence() })
        await this.#options.target.forget(this.id, release)
      }
      await this.#options.router.remove(this.id, fence())
      this.#lastTraffic = ''
    })
  }

  /** Starts what was stable again, after `takeDown`. */
  async bringUp(): Promise<void> {
    const { stable, isUp } = this.state
    if (isUp) return
    if (stable === null) return this.#save({ ...this.state, isUp: true })
    await this.#exclusively(async (fence) => {
      await this.#save({ ...this.state, isUp: true })
      await this.#options.target.scale({
        spec: await this.#specOf(stable.release),
        count: stable.count,
        fence: fence(),
      })
      const weightEpoch = this.state.weightEpoch + 1
      const weights = { [stable.release]: 10_000 }
      await this.#save({ ...this.state, weightEpoch })
      await this.#route({ weightEpoch, weights, keep: {}, cut: [], hold: false, preview: null }, fence())
    })
  }

  /** Lets go without ending anything: the rollout goes on when it is opened again. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#drive?.stop()
    for (const callOff of this.#callOffs) callOff()
    await this.#turn
  }

  /** How many instances of each release should run, before anything is driven again; what `adopt` is told. */
  async wantedAfterRestart(): Promise<Record<ReleaseId, number>> {
    if (!this.state.isUp) return {}
    const { stable, warm, rollout } = this.state
    const counts: Record<ReleaseId, number> = {}
    for (const party of [...warm, ...(stable === null ? [] : [stable])]) counts[party.release] = party.count
    const underWay = rollout === null ? null : await this.#options.records.rollouts.find(rollout)
    return { ...counts, ...underWay?.rollout.counts }
  }

  // --- the rollout

  async #resume(id: string): Promise<void> {
    const { records } = this.#options
    const found = await records.rollouts.find(id)
    if (found === null || isOver(found.rollout)) return
    this.#start(found.rollout, await records.rollouts.lastSeq(id), await this.#hold())
  }

  #start(rollout: Rollout, seq: number, lease: Lease): Drive {
    const { target, router, clock, records } = this.#options
    target.attend(this.id, true)
    const driven = drive({
      rollout,
      seq,
      token: lease.token,
      perform: hands({
        environment: this.id,
        target,
        router,
        clock,
        state: () => this.state,
        specOf: (release) => this.#specOf(release),
        route: (routing, fence) => this.#route(routing, fence),
        runHook: (hook) => this.#options.runHook(hook, this.rollout ?? rollout),
      }),
      append: async (after, entrySeq, event, facts) => {
        const ended = isOver(after) ? this.#stateAfter(after) : null
        await records.rollouts.append(after, { seq: entrySeq, at: after.now, event, facts }, ended)
        if (ended !== null) this.state = ended
      },
      onStep: (after, entrySeq, event, facts) =>
        this.#tellListeners({ seq: entrySeq, event, facts, rollout: after }),
    })
    this.#drive = driven
    void driven.done.then(
      () => this.#finish(driven),
      (error) => this.#giveUp(driven, error),
    )
    return driven
  }

  async #finish(driven: Drive): Promise<void> {
    if (this.#drive !== driven) return
    this.#drive = null
    this.#options.target.attend(this.id, false)
    await this.#letGo()
    this.#planRetirement()
  }

  // The journal could not be written. Traffic stays as it is; the rollout goes on after a restart.
  #giveUp(driven: Drive, error: unknown): void {
    driven.stop()
    this.#options.onTrouble(this.id, error)
  }

  #stateAfter(rollout: Rollout): EnvironmentState {
    const common = {
      ...this.state,
      rollout: null,
      weightEpoch: rollout.weightEpoch,
      nextEffect: rollout.nextEffect,
    }
    if (rollout.status === 'rolled-back') return { ...common, warm: [] }
    const left = rollout.kind === 'rollback' ? (rollout.stable?.release ?? null) : null
    const at = rollout.now
    return {
      ...common,
      stable: rollout.candidate,
      warm: rollout.warm,
      promoted: [
        ...this.state.promoted.map((one) =>
          one.release === left && one.leftAt === null ? { ...one, leftAt: at } : one,
        ),
        { release: rollout.candidate.release, at, leftAt: null },
      ].slice(-50),
    }
  }

  // --- the router

  async #follow(): Promise<void> {
    const { target, clock } = this.#options
    let version = -1
    while (!this.#isClosed) {
      try {
        await target.changed(this.id, version, 60_000)
        if (this.#isClosed) return
        version = (await target.observe(this.id)).version
        await this.#refresh()
      } catch (error) {
        this.#options.onTrouble(this.id, error)
        await new Promise<void>((resolve) => this.#callOffs.add(clock.at(clock.now() + 1_000, resolve)))
      }
    }
  }

  /** Tells the router one thing at a time, with the addresses of that moment. */
  #route(routing: Routing, fence: Fence): Promise<void> {
    return this.#inTurn(async () => {
      await this.#save({ ...this.state, routing, fence })
      await this.#routeNow(routing, fence)
    })
  }

  /** Tells the router what it was last told, where instances have come or gone since. */
  #refresh(): Promise<void> {
    return this.#inTurn(async () => {
      const { isUp, routing, fence } = this.state
      if (isUp && routing !== null) await this.#routeNow(routing, fence)
    })
  }

  async #routeNow(routing: Routing, fence: Fence): Promise<void> {
    const seen = await this.#options.target.observe(this.id)
    const { salt } = this.state
    const traffic = composeTraffic({
      environment: this.id,
      settings: this.settings.route,
      salt,
      routing,
      seen,
    })
    const key = JSON.stringify([traffic, fence])
    if (key === this.#lastTraffic) return
    await this.#options.router.route(traffic, fence)
    this.#lastTraffic = key
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  #routing(): Routing {
    return (
      this.state.routing ?? { weightEpoch: 0, weights: {}, keep: {}, cut: [], hold: false, preview: null }
    )
  }

  // --- warm releases

  #planRetirement(): void {
    const { clock } = this.#options
    const due = Math.min(...this.state.warm.map((warm) => warm.retireAt))
    if (!Number.isFinite(due) || this.#isClosed) return
    this.#callOffs.add(clock.at(due, () => void this.#retireDue()))
  }

  async #retireDue(): Promise<void> {
    if (this.#drive !== null || this.#isClaimed || this.#isClosed) return
    try {
      await this.#exclusively(async (fence) => {
        const due = this.state.warm.filter((warm) => warm.retireAt <= this.#options.clock.now())
        for (const { release } of due) {
          const isRetired = await retireWarm({
            ...this.#options,
            release,
            drainMs: this.settings.drainMs,
            isWanted: () => !this.#isClaimed && !this.#isClosed,
            environment: this.id,
            routing: () => this.#routing(),
            route: (routing) => this.#route(routing, fence()),
            scaleToNothing: async () =>
              this.#options.target.scale({ spec: await this.#specOf(release), count: 0, fence: fence() }),
          })
          await this.#save({
            ...this.state,
            warm: this.state.warm.filter((warm) => warm.release !== release),
          })
        }
      })
    } catch (error) {
      this.#options.onTrouble(this.id, error)
    }
    this.#planRetirement()
  }

  // --- the lease

  async #exclusively(work: (fence: () => Fence) => Promise<void>): Promise<void> {
    if (this.#drive !== null)
      throw new SluiceError('ROLLOUT_UNDER_WAY', `a rollout of ${this.id} is under way`)
    const { token } = await this.#hold()
    const fence = () => {
      const effect = this.state.nextEffect
      this.state = { ...this.state, nextEffect: effect + 1 }
      return { token, effect }
    }
    await work(fence).finally(() => this.#letGo())
  }

  async #hold(): Promise<Lease> {
    const { store, holder, clock } = this.#options
    const lease = await acquireLease(store, { name: this.id, holder, clock })
    if (lease === null) throw new SluiceError('LEASE_LOST', `another process drives ${this.id}`)
    this.#lease = lease
    this.#renewLater(lease)
    return lease
  }

  #renewLater(lease: Lease): void {
    const { clock } = this.#options
    const callOff = clock.at(clock.now() + leaseMs / 3, () => {
      this.#callOffs.delete(callOff)
      if (this.#lease !== lease || this.#isClosed) return
      lease.renew().then(
        () => this.#renewLater(lease),
        (error) => {
          this.#drive?.stop()
          this.#options.onTrouble(this.id, error)
        },
      )
    })
    this.#callOffs.add(callOff)
  }

  async #letGo(): Promise<void> {
    const lease = this.#lease
    this.#lease = null
    await lease?.release().catch((error) => this.#options.onTrouble(this.id, error))
  }

  // --- small things

  #underWay(): SluiceError {
    return new SluiceError('ROLLOUT_UNDER_WAY', `a rollout of ${this.id} is under way`)
  }

  async #specOf(release: ReleaseId): Promise<ReleaseSpec> {
    const spec = await this.#options.records.environments.spec(this.id, release)
    if (spec === null) throw new SluiceError('UNKNOWN_RELEASE', `${release} was never deployed to ${this.id}`)
    return spec
  }

  async #save(state: EnvironmentState): Promise<void> {
    this.state = state
    await this.#options.records.environments.saveState(this.id, state)
  }

  #tellListeners(news: RolloutNews): void {
    for (const listener of this.#listeners) listener(news)
  }
}
