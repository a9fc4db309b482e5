import type { Effect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import { newRollout } from '../core/new-rollout.ts'
import { isOver, type Rollout } from '../core/rollout.ts'
import { step as realStep } from '../core/step.ts'
import { compile, isExclusive } from '../core/strategies/index.ts'
import { awaitedEffects } from '../core/turn.ts'
import { type Random, seeded } from '../std/random.ts'
import { endWrongs, stepWrongs, worldWrongs } from './invariants.ts'
import type { Scenario } from './scenario.ts'
import { World } from './world.ts'

export type Step = typeof realStep

export interface SimReport {
  scenario: Scenario
  rollout: Rollout
  journal: Event[]
  /** Broken invariants, each a sentence; empty for a sound engine. */
  wrongs: string[]
  crashes: number
}

const mostEvents = 20_000
const longestMs = 30 * 60_000

/** Runs one rollout in a simulated world, with the driver's contract: append first, then perform; after a crash, fold and perform what is awaited. */
export function simulate(scenario: Scenario, step: Step = realStep): SimReport {
  return new Simulation(scenario, step).run()
}

class Simulation {
  readonly #scenario: Scenario
  readonly #step: Step
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

  constructor(scenario: Scenario, step: Step) {
    this.#scenario = scenario
    this.#step = step
    this.#world = new World(scenario)
    this.#random = seeded(scenario.seed ^ 0xc4a5)
    this.#start = beginning(scenario, this.#world.clock.now)
    this.#rollout = this.#start
  }

  run(): SimReport {
    const { clock } = this.#world
    const startedAt = clock.now
    this.#schedulePerson()
    this.#deliver({ kind: 'started', at: clock.now })
    while (!isOver(this.#rollout) && this.#wrongs.size === 0) {
      if (this.#journal.length > mostEvents || clock.now - startedAt > longestMs || !clock.advance()) {
        this.#wrongs.add(`the rollout did not end: ${this.#rollout.status} at step ${this.#rollout.at}`)
        break
      }
      this.#note(worldWrongs(this.#world, this.#scenario, this.#rollout))
    }
    this.#afterwards()
    return {
      scenario: this.#scenario,
      rollout: this.#rollout,
      journal: this.#journal,
      wrongs: [...this.#wrongs, ...this.#world.wrongs],
      crashes: this.#crashes,
    }
  }

  #deliver(event: Event): void {
    const { faults } = this.#scenario
    if (!this.#isUp) return
    if (this.#world.hasFaults && this.#random.chance(faults.crashBeforeAppend)) return this.#crash()
    const before = this.#rollout
    const [after, effects] = this.#step(before, event)
    this.#journal.push(event)
    this.#rollout = after
    this.#note(stepWrongs(before, event, after, effects, this.#world, this.#scenario))
    if (this.#world.hasFaults && this.#random.chance(faults.crashAfterAppend)) return this.#crash()
    this.#perform(effects)
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
    const replayed = this.#journal.reduce((state, event) => this.#step(state, event)[0], this.#start)
    if (JSON.stringify(replayed) !== JSON.stringify(this.#rollout))
      this.#wrongs.add('a replay of the journal gave another state')
    if (this.#journal.length === 0) this.#deliver({ kind: 'started', at: this.#world.clock.now })
    else this.#perform(awaitedEffects(this.#rollout))
  }

  #schedulePerson(): void {
    const { clock } = this.#world
    for (const { atMs, does } of this.#scenario.person) clock.after(atMs, () => this.#command(does))
    this.#passGates()
  }

  // Somebody passes by once a minute, so that nothing waits for a person for ever.
  #passGates(): void {
    this.#world.clock.after(60_000, () => {
      const { status, paused, steps, at } = this.#rollout
      if (status === 'running' && paused !== null) this.#command('resume')
      if (status === 'running' && steps[at]?.kind === 'gate') this.#command('promote')
      if (!isOver(this.#rollout)) this.#passGates()
    })
  }

  #command(does: Scenario['person'][number]['does']): void {
    const at = this.#world.clock.now
    const by = 'a person'
    if (does === 'abort') this.#deliver({ kind: 'aborted', at, by, why: '' })
    else if (does === 'pause') this.#deliver({ kind: 'paused', at, by })
    else if (does === 'resume') this.#deliver({ kind: 'resumed', at, by })
    else this.#deliver({ kind: 'promoted', at, by, full: does === 'promoteFull' })
  }

  // Late calls still arrive after the end, and must change nothing.
  #afterwards(): void {
    const { clock } = this.#world
    if (!isOver(this.#rollout)) return
    this.#note(endWrongs(this.#rollout, this.#world, this.#scenario))
    const until = clock.now + 60_000
    while (clock.now < until && clock.advance()) {}
    this.#note(
      endWrongs(this.#rollout, this.#world, this.#scenario).map((wrong) => `after the end: ${wrong}`),
    )
  }

  #note(wrongs: string[]): void {
    for (const wrong of wrongs) this.#wrongs.add(wrong)
  }
}

function beginning(scenario: Scenario, at: number): Rollout {
  const { stable, candidate, spec } = scenario
  const request = {
    stable,
    candidate,
    warm: [],
    hooks: scenario.hooks,
    drainMs: scenario.drainMs,
    keepWarmMs: scenario.keepWarmMs,
  }
  return newRollout({
    id: `seed-${scenario.seed}`,
    kind: 'deploy',
    environment: 'sim/sim',
    strategy: spec.kind,
    stable,
    candidate,
    steps: compile(spec, request),
    isExclusive: isExclusive(spec),
    keepWarmMs: scenario.keepWarmMs,
    drainMs: scenario.drainMs,
    hasOnFailure: scenario.hooks.includes('onFailure'),
    isWarm: false,
    at,
    weights: stable === null ? {} : { [stable.release]: 10_000 },
    weightEpoch: 0,
    nextEffect: 1,
  })
}
