import type { Routing } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { Fence } from '../core/fence.ts'
import type { Fact } from '../core/narrate.ts'
import type { HookName } from '../core/plan.ts'
import type { Ms, ReleaseId } from '../core/release.ts'
import { isOver, type Rollout } from '../core/rollout.ts'
import { step } from '../core/step.ts'
import { WHOLE } from '../core/weights.ts'
import { SluiceError } from '../errors.ts'
import type { CommandResult } from '../host/run-commands.ts'
import type { MetricSource } from '../metrics/source.ts'
import type { Router } from '../routers/router.ts'
import type { ReleaseSpec, Target } from '../targets/target.ts'
import { Alarms } from './alarms.ts'
import { type Clock, notBefore } from './clock.ts'
import { counted } from './counted.ts'
import { type Drive, drive } from './drive.ts'
import { endReleases } from './end-releases.ts'
import type { EnvironmentSettings, EnvironmentState } from './environment-state.ts'
import { type HandsOptions, hands } from './hands.ts'
import type { Records } from './records.ts'
import type { RolloutNote } from './rollout-records.ts'
import { Standing } from './standing.ts'
import { stateAfter } from './state-after.ts'
import type { Store } from './store.ts'
import { Tenure } from './tenure.ts'
import { ToldRouter } from './told-router.ts'
import { untilReady } from './until-ready.ts'

export interface KeeperOptions {
  settings: EnvironmentSettings
  state: EnvironmentState
  target: Omit<Target, 'can'>
  router: Pick<Router, 'route' | 'observe' | 'remove'> & {
    /** The environment is served no longer by the router of this name. */
    leave?(environment: string, router: string, fence: Fence): Promise<void>
  }
  records: Records
  store: Store
  clock: Clock
  /** Names this control process in the lease; the same again after a restart. */
  holder: string
  runHook(hook: HookName, rollout: Rollout): Promise<CommandResult>
  /** Where the counts of an environment come from: the router's first, then those of the user's own metrics. */
  sources(settings: EnvironmentSettings): Promise<[router: MetricSource, ...others: MetricSource[]]>
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

/** What could not be done is tried again after so long. */
const againMs = 5_000
/** An environment of which nothing is heard is looked at this often. */
const lookMs = 60_000

const nowhere: Routing = { weightEpoch: 0, weights: {}, keep: {}, cut: [], hold: false, preview: null }

/**
 * The one writer of an environment: drives its rollout, tells the router of instances that come and go, and ends warm
 * releases when their time is over.
 */
export class Keeper {
  readonly #options: KeeperOptions
  readonly #standing: Standing
  readonly #router: ToldRouter
  readonly #tenure: Tenure
  readonly #alarms: Alarms
  readonly #listeners = new Set<(news: RolloutNews) => void>()
  #drive: Drive | null = null
  /** Settled when the rollout that is under way is over. */
  #ending: PromiseWithResolvers<void> | null = null
  /** What has the environment to itself now, in words; warm releases are retired only while nothing has. */
  #claim: string | null = null
  /** Settled when it has been brought up; null while nobody does that. */
  #comingUp: Promise<void> | null = null
  #retirement: Promise<void> = Promise.resolve()
  #callOffRetirement = () => {}
  #callOffGoingOn = () => {}
  #isClosed = false

  constructor(options: KeeperOptions) {
    const { clock, store, holder } = options
    this.#options = options
    this.#standing = new Standing(options)
    this.#router = new ToldRouter({ ...options, standing: this.#standing })
    this.#tenure = new Tenure({ store, clock, name: this.id, holder, onLost: (error) => this.#lost(error) })
    this.#alarms = new Alarms(clock)
  }

  get id(): string {
    return this.#standing.id
  }

  get settings(): EnvironmentSettings {
    return this.#standing.settings
  }

  get state(): EnvironmentState {
    return this.#standing.state
  }

  /** The rollout that is under way, as durable as it is known. */
  get rollout(): Rollout | null {
    return this.#drive?.rollout ?? null
  }

  /** Goes on with what was under way, and keeps the router up to date from now on. */
  async open(): Promise<void> {
    await this.#goOn()
    void this.#follow()
    this.#planRetirement()
  }

  /** Begins a rollout. Throws ROLLOUT_UNDER_WAY while another is, or while the environment is going up or down. */
  begin(rollout: Rollout, by: { startedBy: string; note: RolloutNote }): Promise<Drive> {
    return this.#alone('a rollout of it begins', async () => {
      const { records, clock } = this.#options
      const token = await this.#tenure.hold()
      const event: Event = { kind: 'started', at: clock.now() }
      const [started] = step(rollout, event)
      const record = { rollout: started, beginning: rollout, ...by }
      try {
        await this.#standing.change(
          (state) => ({ ...state, rollout: rollout.id, salt: rollout.id, isUp: true }),
          (state) => records.rollouts.begin(record, { seq: 1, at: event.at, event, facts: [] }, state),
        )
      } catch (error) {
        await this.#tenure.letGo().catch((failure) => this.#trouble(failure))
        throw error
      }
      return this.#start(started, 1, token)
    })
  }

  /** A person's word on the rollout that is under way. Throws NO_ROLLOUT, or why it is not driven now. */
  async tell(event: Event): Promise<Rollout> {
    if (this.#drive === null) throw new SluiceError('NO_ROLLOUT', `no rollout of ${this.id} is under way`)
    return this.#drive.tell(event)
  }

  /** Resolves when no rollout is under way any more, or this keeper has been closed. */
  async idle(): Promise<void> {
    await this.#ending?.promise
    await this.#router.quiet()
  }

  onNews(listener: (news: RolloutNews) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Takes what a deploy says of the environment; the router is told with its next change, and one that served it until
   * the deploy before serves it no longer.
   */
  async settle(settings: EnvironmentSettings): Promise<void> {
    const { formerRouter: left } = this.settings
    await this.#standing.settle(settings)
    if (left === undefined || left === settings.router || left === settings.formerRouter) return
    const leave = () => this.#leased(async (fence) => this.#options.router.leave?.(this.id, left, fence()))
    // It may not even be there any more; what it would serve is out of date from now on.
    await this.#alone('its former router is told to leave it', leave).catch((error) => this.#trouble(error))
  }

  /** Drains and ends everything of it and takes it out of the router; what was deployed stays known for `bringUp`. */
  takeDown(drainMs = this.settings.drainMs): Promise<void> {
    return this.#alone('it is being taken down', () =>
      this.#leased(async (fence) => {
        const weightEpoch = this.state.weightEpoch + 1
        await this.#standing.change((state) => ({ ...state, isUp: false, weightEpoch }))
        const { releases } = await this.#options.target.observe(this.id)
        await this.#end(Object.keys(releases), { ...this.#routing, weightEpoch, weights: {} }, fence, {
          isWanted: () => true,
          drainMs,
        })
        await this.#standing.change((state) => ({ ...state, warm: [] }))
        await this.#router.remove(fence())
      }),
    )
  }

  /**
   * Starts what was stable again, after `takeDown`; who asks while that is under way waits for the same.
   * Throws START_FAILED where none of it becomes ready.
   */
  bringUp(): Promise<void> {
    this.#comingUp ??= this.#bringUpNow().finally(() => {
      this.#comingUp = null
    })
    return this.#comingUp
  }

  #bringUpNow(): Promise<void> {
    return this.#alone('it is being brought up', async () => {
      const { stable, isUp } = this.state
      if (isUp) return
      if (stable === null) return this.#standing.change((state) => ({ ...state, isUp: true }))
      await this.#leased(async (fence) => {
        const weightEpoch = this.state.weightEpoch + 1
        await this.#standing.change((state) => ({ ...state, isUp: true, weightEpoch }))
        const spec = await this.#specOf(stable.release)
        await this.#options.target.scale({ spec, count: stable.count, fence: fence() })
        await untilReady(this.#options, { environment: this.id, spec, count: stable.count })
        await this.#router.tell({ ...nowhere, weightEpoch, weights: { [stable.release]: WHOLE } }, fence())
      })
    })
  }

  /** Lets go without ending anything: the rollout goes on when it is opened again. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#drive?.stop()
    this.#alarms.callOff()
    this.#tenure.close()
    this.#ending?.resolve()
    await this.#router.close()
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

  // From the journal: after a restart, and after it could not be driven for a while.
  async #goOn(): Promise<void> {
    const { records } = this.#options
    const { rollout: id } = this.state
    if (id === null || this.#isClosed) return
    try {
      const found = await records.rollouts.find(id)
      if (found === null || isOver(found.rollout)) return
      const token = await this.#tenure.hold()
      if (!this.#isClosed) this.#start(found.rollout, found.seq, token)
    } catch (error) {
      this.#tryAgain(error)
    }
  }

  #start(rollout: Rollout, seq: number, token: number): Drive {
    const { target, router, records, runHook } = this.#options
    const clock = notBefore(this.#options.clock, rollout.now)
    target.attend(this.id, true)
    this.#ending ??= Promise.withResolvers()
    const driven = drive({
      rollout,
      seq,
      token,
      perform: hands({
        environment: this.id,
        target,
        router,
        clock,
        state: () => this.state,
        specOf: (release) => this.#specOf(release),
        route: (routing, fence) => this.#router.tell(routing, fence),
        runHook: (hook) => runHook(hook, driven.rollout),
        read: this.#counted(rollout, clock),
      }),
      append: (after, entrySeq, event, facts) => {
        const entry = { seq: entrySeq, at: after.now, event, facts }
        if (!isOver(after)) return records.rollouts.append(after, entry, null)
        return this.#standing.change(
          (state) => stateAfter(state, after),
          (state) => records.rollouts.append(after, entry, state),
        )
      },
      onStep: (after, entrySeq, event, facts) =>
        this.#tellListeners({ seq: entrySeq, event, facts, rollout: after }),
    })
    this.#drive = driven
    driven.done.then(
      () => this.#finish(driven),
      (error) => {
        if (this.#drive === driven) this.#tryAgain(error)
      },
    )
    return driven
  }

  #counted({ candidate, stable, kind }: Rollout, clock: Clock): HandsOptions['read'] {
    const { sources } = this.#options
    const releases = [candidate, ...(stable === null ? [] : [stable])].map(({ release }) => release)
    const cohort = kind === 'drill' ? 'synthetic' : 'users'
    return counted({
      sources: () => sources(this.settings),
      question: { environment: this.id, releases, cohort },
      // It stays what it was when the rollout began until the rollout is over.
      firstEpoch: this.state.weightEpoch,
      clock,
      onMissing: (error) => this.#trouble(error),
    })
  }

  async #finish(driven: Drive): Promise<void> {
    if (this.#drive !== driven) return
    this.#drive = null
    this.#ending?.resolve()
    this.#ending = null
    this.#options.target.attend(this.id, false)
    this.#planRetirement()
    await this.#tenure.letGo().catch((error) => this.#trouble(error))
    await this.#options.records.rollouts.pruneJournals(this.id).catch((error) => this.#trouble(error))
  }

  // A journal that cannot be written, or a lease that is lost: traffic stays as it is until the rollout can go on.
  #tryAgain(error: unknown): void {
    this.#trouble(error)
    if (this.#isClosed) return
    this.#callOffGoingOn()
    this.#callOffGoingOn = this.#alarms.set(this.#options.clock.now() + againMs, () => void this.#goOn())
  }

  #lost(error: unknown): void {
    this.#drive?.stop()
    if (this.#drive === null) this.#trouble(error)
    else this.#tryAgain(error)
  }

  // --- the router

  async #follow(): Promise<void> {
    const { target, clock } = this.#options
    let version = -1
    while (!this.#isClosed) {
      try {
        await target.changed(this.id, version, lookMs)
        if (this.#isClosed) return
        const seen = await target.observe(this.id)
        // Once in a while it is told although nothing has changed: it may have lost it.
        await this.#router.refresh(seen.version === version)
        version = seen.version
      } catch (error) {
        this.#trouble(error)
        await new Promise<void>((resolve) => void this.#alarms.set(clock.now() + 1_000, resolve))
      }
    }
  }

  get #routing(): Routing {
    return this.state.routing ?? nowhere
  }

  // --- warm releases

  #planRetirement(earliest: Ms = 0): void {
    this.#callOffRetirement()
    const due = Math.min(...this.state.warm.map((warm) => warm.retireAt))
    if (!Number.isFinite(due) || this.#isClosed) return
    this.#callOffRetirement = this.#alarms.set(Math.max(due, earliest), () => {
      this.#retirement = this.#retireDue()
    })
  }

  async #retireDue(): Promise<void> {
    const { clock } = this.#options
    const isWanted = () => this.#drive === null && this.#claim === null && !this.#isClosed
    if (!isWanted()) return
    const due = this.state.warm.filter((warm) => warm.retireAt <= clock.now()).map(({ release }) => release)
    let earliest = 0
    try {
      await this.#leased(async (fence) => {
        if (!(await this.#end(due, this.#routing, fence, { isWanted }))) return
        const rest = (state: EnvironmentState) => state.warm.filter(({ release }) => !due.includes(release))
        await this.#standing.change((state) => ({ ...state, warm: rest(state) }))
      })
    } catch (error) {
      this.#trouble(error)
      earliest = clock.now() + againMs
    }
    if (isWanted()) this.#planRetirement(earliest)
  }

  async #end(
    releases: ReleaseId[],
    routing: Routing,
    fence: () => Fence,
    how: { isWanted(): boolean; drainMs?: number },
  ): Promise<boolean> {
    const specs = new Map<ReleaseId, ReleaseSpec>()
    for (const release of releases) specs.set(release, await this.#specOf(release))
    return endReleases({
      ...this.#options,
      environment: this.id,
      releases,
      routing,
      drainMs: how.drainMs ?? this.settings.drainMs,
      isWanted: how.isWanted,
      route: (next) => this.#router.tell(next, fence()),
      scaleToNothing: (release) =>
        this.#options.target.scale({ spec: specs.get(release)!, count: 0, fence: fence() }),
    })
  }

  // --- who may touch the environment

  /** Does what must not happen beside a rollout or another of its kind; a retirement gives way to it. */
  async #alone<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new SluiceError('LEASE_LOST', `${this.id} is not driven here any more`)
    if (this.#drive !== null || this.state.rollout !== null)
      throw new SluiceError('ROLLOUT_UNDER_WAY', `a rollout of ${this.id} is under way`)
    if (this.#claim !== null)
      throw new SluiceError('ROLLOUT_UNDER_WAY', `${this.id} has to wait: ${this.#claim}`)
    this.#claim = what
    try {
      await this.#retirement
      return await work()
    } finally {
      this.#claim = null
      if (this.#drive === null) this.#planRetirement()
    }
  }

  async #leased(work: (fence: () => Fence) => Promise<void>): Promise<void> {
    const token = await this.#tenure.hold()
    let effect = this.state.nextEffect
    try {
      await work(() => ({ token, effect: effect++ }))
    } finally {
      await this.#tenure.letGo().catch((error) => this.#trouble(error))
    }
  }

  // --- small things

  async #specOf(release: ReleaseId): Promise<ReleaseSpec> {
    const spec = await this.#options.records.environments.spec(this.id, release)
    if (spec === null) throw new SluiceError('UNKNOWN_RELEASE', `${release} was never deployed to ${this.id}`)
    return spec
  }

  #tellListeners(news: RolloutNews): void {
    for (const listener of this.#listeners) listener(news)
  }

  // What fails because this keeper lets go is no trouble.
  #trouble(error: unknown): void {
    if (!this.#isClosed) this.#options.onTrouble(this.id, error)
  }
}
