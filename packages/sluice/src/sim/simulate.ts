import { unknownBaseline } from '../core/analysis/baseline.ts'
import { newTrial, type Trial } from '../core/analysis/trial.ts'
import type { Effect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import { newRollout } from '../core/new-rollout.ts'
import type { Step } from '../core/plan.ts'
import { isOver, type Rollout } from '../core/rollout.ts'
import { step } from '../core/step.ts'
import { compile, isExclusive } from '../core/strategies/index.ts'
import { rollbackSteps } from '../core/strategies/rollback.ts'
import { awaitedEffects } from '../core/turn.ts'
import { type Random, seeded } from '../std/random.ts'
import { endWrongs } from './end-invariants.ts'
import type { Command, CommandName, Scenario } from './scenario.ts'
import { stepWrongs } from './step-invariants.ts'
import { World } from './world.ts'
import { worldWrongs } from './world-invariants.ts'

export interface SimReport {
  scenario: Scenario
  rollout: Rollout
  /** Up to the first wrong. */
  journal: Event[]
  /** Broken invariants, each a sentence; empty for a sound engine. */
  wrongs: string[]
  crashes: number
}

const mostEvents = 10_000
const longestMs = 15 * 60_000

/** Runs one rollout in a simulated world, with the driver's contract: append first, then perform; after a crash, fold and perform what is awaited. */
export function simulate(scenario: Scenario): SimReport {
  return new Simulation(scenario).run()
}

class Simulation {
  readonly #scenario: Scenario
  readonly #world: World
  readonly #random: Random
  readonly #start: Rollout
  readonly #journal: Event[] = []
  readonly #wrongs = new Set<string>()
  #rollout: Rollout
  #token = 1
  #isUp = true
  #generation = 0
  #crashes = 0
  /** When the current step began. */
  #enteredAt = 0
  #commands: Command[]

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    this.#commands = scenario.person
    this.#world = new World(scenario)
    this.#random = seeded(scenario.seed ^ 0xc4a5)
    this.#start = beginning(scenario, this.#world.clock.now)
    this.#rollout = this.#start
  }

  run(): SimReport {
    const { clock } = this.#world
    const beganAt = clock.now
    this.#schedulePerson()
    this.#deliver({ kind: 'started', at: this.#world.driverNow })
    while (!isOver(this.#rollout) && this.#wrongs.size === 0 && !this.#isKeptByCandidate()) {
      if (this.#journal.length > mostEvents || clock.now - beganAt > longestMs || !clock.advance()) {
        this.#wrongs.add(`the rollout did not end: ${this.#rollout.status} at ${this.#stepKind()}`)
        break
      }
      this.#note(worldWrongs(this.#world, this.#scenario, this.#rollout))
      this.#note(this.#world.fleet.wrongs)
    }
    if (this.#wrongs.size === 0 && isOver(this.#rollout)) this.#lookAfterwards()
    return {
      scenario: this.#scenario,
      rollout: this.#rollout,
      journal: this.#journal,
      wrongs: [...this.#wrongs],
      crashes: this.#crashes,
    }
  }

  #deliver(event: Event): void {
    const { faults } = this.#scenario
    if (!this.#isUp || this.#wrongs.size > 0) return
    if (this.#world.hasFaults && this.#random.chance(faults.crashBeforeAppend)) {
      this.#crash()
      return
    }
    const before = this.#rollout
    const [after, effects] = step(before, event)
    this.#journal.push(event)
    this.#rollout = after
    if (after.at !== before.at || after.steps !== before.steps) this.#enteredAt = after.now
    this.#note(stepWrongs({ before, event, after, effects, world: this.#world, scenario: this.#scenario }))
    if (this.#world.hasFaults && this.#random.chance(faults.crashAfterAppend)) {
      this.#crash()
      return
    }
    this.#perform(effects)
    this.#commandAtStep()
  }

  #perform(effects: Effect[]): void {
    const generation = this.#generation
    for (const effect of effects) {
      this.#world.perform(effect, { token: this.#token, effect: effect.id }, (event) => {
        if (generation === this.#generation) this.#deliver(event)
      })
    }
  }

  #crash(): void {
    this.#crashes += 1
    this.#isUp = false
    this.#generation += 1
    this.#world.clock.after(this.#random.between(20, 3_000), () => this.#restart())
  }

  #restart(): void {
    this.#isUp = true
    this.#token += 1
    this.#replay()
    if (this.#journal.length === 0) this.#deliver({ kind: 'started', at: this.#world.driverNow })
    else this.#perform(awaitedEffects(this.#rollout))
  }

  #replay(): void {
    const replayed = this.#journal.reduce((state, event) => step(state, event)[0], this.#start)
    if (JSON.stringify(replayed) !== JSON.stringify(this.#rollout))
      this.#wrongs.add('a replay of the journal gave another state')
  }

  #schedulePerson(): void {
    for (const { does, when } of this.#commands) {
      if ('atMs' in when) this.#world.clock.after(when.atMs, () => this.#command(does))
    }
    this.#passBy()
  }

  // Somebody passes by once a minute, so that nothing waits for a person for ever.
  #passBy(): void {
    this.#world.clock.after(60_000, () => {
      const { status, paused } = this.#rollout
      if (status === 'running' && paused !== null) this.#command('resume')
      if (status === 'running' && this.#isWaiting()) this.#command('promote')
      if (!isOver(this.#rollout)) this.#passBy()
    })
  }

  #isWaiting(): boolean {
    return this.#stepKind() === 'gate' || this.#rollout.inconclusiveSince !== null
  }

  #commandAtStep(): void {
    const kind = this.#stepKind()
    const due = this.#commands.filter(({ when }) => 'step' in when && when.step === kind)
    if (due.length === 0) return
    this.#commands = this.#commands.filter((command) => !due.includes(command))
    for (const { does } of due)
      this.#world.clock.after(this.#random.between(0, 40), () => this.#command(does))
  }

  #command(does: CommandName): void {
    const said = { at: this.#world.driverNow, by: 'a person' }
    const events: { [C in CommandName]: Event } = {
      abort: { kind: 'aborted', ...said, why: '' },
      supersede: { kind: 'aborted', ...said, why: 'superseded' },
      pause: { kind: 'paused', ...said },
      resume: { kind: 'resumed', ...said },
      promote: { kind: 'promoted', ...said, full: false },
      promoteFull: { kind: 'promoted', ...said, full: true },
    }
    this.#deliver(events[does])
  }

  // With stable lost for good, a candidate that still serves, if only now and then, may not be ended.
  #isKeptByCandidate(): boolean {
    const { stableIs } = this.#scenario
    const { status, now, candidate } = this.#rollout
    const isLost = stableIs.kind === 'fallsSick' && status === 'undoing'
    if (!isLost || now - this.#enteredAt < 60_000 || this.#world.hasFaults) return false
    const isWaiting = this.#stepKind() === 'drain' || this.#stepKind() === 'verify'
    return isWaiting && this.#world.fleet.wantedOf(candidate.release) > 0
  }

  // Late calls and answers still arrive after the end, and persons still command; nothing may come of it.
  #lookAfterwards(): void {
    const { clock } = this.#world
    this.#note(endWrongs(this.#rollout, this.#world, this.#scenario))
    this.#replay()
    this.#command('abort')
    const until = clock.now + 60_000
    while (clock.now < until && clock.advance()) {}
    this.#note(this.#world.fleet.wrongs)
    const wrongs = endWrongs(this.#rollout, this.#world, this.#scenario)
    this.#note(wrongs.map((wrong) => `after the end: ${wrong}`))
  }

  #stepKind(): string {
    return this.#rollout.steps[this.#rollout.at]?.kind ?? 'the beginning'
  }

  #note(wrongs: string[]): void {
    for (const wrong of wrongs) this.#wrongs.add(wrong)
  }
}

function beginning(scenario: Scenario, at: number): Rollout {
  const { kind, spec, stable, candidate, isWarm } = scenario
  return newRollout({
    id: `seed-${scenario.seed}`,
    kind,
    environment: 'sim/sim',
    strategy: kind === 'rollback' ? 'rollback' : spec.kind,
    stable,
    candidate,
    steps: stepsOf(scenario),
    isExclusive: isExclusive(spec),
    keepWarmMs: scenario.keepWarmMs,
    drainMs: scenario.drainMs,
    hasOnFailure: scenario.hooks.includes('onFailure'),
    isWarm,
    trial: trialOf(scenario, at),
    at,
    weights: stable === null ? {} : { [stable.release]: 10_000 },
    weightEpoch: 0,
    nextEffect: 1,
  })
}

function trialOf({ kind, stable, candidate, analysis }: Scenario, at: number): Trial | null {
  if (kind === 'rollback' || stable === null || analysis === null) return null
  return newTrial(analysis, unknownBaseline, { candidate: candidate.count, stable: stable.count }, at)
}

function stepsOf(scenario: Scenario): Step[] {
  const { kind, spec, stable, candidate, warm, hooks, drainMs, keepWarmMs, isWarm } = scenario
  const { holdback, traffic } = scenario
  const request = { stable, candidate, traffic, warm, hooks, drainMs, keepWarmMs, holdback }
  return kind === 'rollback'
    ? rollbackSteps(request, { isWarm, isExclusive: isExclusive(spec), progressDeadlineMs: 60_000 })
    : compile(spec, request)
}
