import type { Party } from '../core/plan.ts'
import type { StrategySpec } from '../core/strategies/index.ts'
import { type Random, seeded } from '../std/random.ts'

/** How a release's instances behave. */
export type Behaviour =
  | { kind: 'good' }
  | { kind: 'neverReady' }
  /** Ends before it is ready. */
  | { kind: 'exitsAtOnce' }
  /** Ready, then ends, and again after each start. */
  | { kind: 'dies'; afterMs: number }
  /** Ready, then its readiness fails for good. */
  | { kind: 'fallsSick'; afterMs: number }
  /** Answers this share of its requests with an error. */
  | { kind: 'fails'; share: number }

/** What the outside does to calls, until it stops at `untilMs`. Shares of all calls. */
export interface Faults {
  refused: number
  /** Applied, and the answer is lost. */
  lostReply: number
  /** Reported as timed out, and applied afterwards. */
  appliedLate: number
  /** Takes seconds instead of milliseconds. */
  slow: number
  /** Crash of the driver, per journaled event: before it is appended, or after it and before its effects. */
  crashBeforeAppend: number
  crashAfterAppend: number
  /** One of stable's instances ends, now and then. */
  stableDies: number
  untilMs: number
}

export interface Scenario {
  seed: number
  spec: StrategySpec
  stable: Party | null
  candidate: Party
  candidateIs: Behaviour
  startMs: number
  requestsPerSecond: number
  keepWarmMs: number
  drainMs: number
  faults: Faults
  /** What a person does, and when. */
  person: { atMs: number; does: 'abort' | 'pause' | 'resume' | 'promote' | 'promoteFull' }[]
  /** Which hooks there are, and which of them fails. */
  hooks: ('smoke' | 'beforeTraffic' | 'after' | 'onFailure')[]
  failingHook: string | null
}

export const quiet: Faults = {
  refused: 0,
  lostReply: 0,
  appliedLate: 0,
  slow: 0,
  crashBeforeAppend: 0,
  crashAfterAppend: 0,
  stableDies: 0,
  untilMs: 0,
}

/** A world drawn from its seed. About a third have no faults, so that a good release must succeed in them. */
export function drawScenario(seed: number): Scenario {
  const random = seeded(seed)
  const count = random.between(1, 5)
  const spec = drawSpec(random)
  return {
    seed,
    spec,
    stable: random.chance(0.1)
      ? null
      : { release: 'r1', count: random.chance(0.7) ? count : random.between(1, 5) },
    candidate: { release: 'r2', count },
    candidateIs: drawBehaviour(random),
    startMs: random.pick([5, 50, 400, 3_000]),
    requestsPerSecond: random.pick([0, 10, 100, 400]),
    keepWarmMs: random.pick([0, 600_000]),
    drainMs: random.pick([500, 5_000]),
    faults: random.chance(0.35) ? quiet : drawFaults(random),
    person: drawPerson(random),
    hooks: (['smoke', 'beforeTraffic', 'after', 'onFailure'] as const).filter(() => random.chance(0.2)),
    failingHook: random.chance(0.1) ? random.pick(['smoke', 'beforeTraffic', 'after', 'onFailure']) : null,
  }
}

function drawSpec(random: Random): StrategySpec {
  const progressDeadlineMs = 60_000
  switch (random.pick(['rolling', 'blue-green', 'canary', 'recreate'] as const)) {
    case 'rolling': {
      const surge = random.between(0, 2)
      return {
        kind: 'rolling',
        batch: random.chance(0.5) ? { count: random.between(1, 2) } : { basisPoints: 2_500 },
        surge: { count: surge },
        maxUnavailable: { count: surge === 0 ? 1 : random.between(0, 1) },
        analyzeMs: random.pick([0, 2_000]),
        progressDeadlineMs,
      }
    }
    case 'blue-green':
      return {
        kind: 'blue-green',
        bakeMs: random.pick([0, 5_000]),
        approve: random.chance(0.2),
        progressDeadlineMs,
      }
    case 'canary':
      return {
        kind: 'canary',
        steps: [500, 2_500, 5_000].map((weightBasisPoints) => ({
          weightBasisPoints,
          analyzeMs: random.pick([1_000, 10_000]),
          gate: random.chance(0.1),
        })),
        scale: random.pick(['full', 'match-weight']),
        approve: random.chance(0.1),
        progressDeadlineMs,
      }
    case 'recreate':
      return { kind: 'recreate', progressDeadlineMs }
  }
}

function drawBehaviour(random: Random): Behaviour {
  if (random.chance(0.5)) return { kind: 'good' }
  return random.pick<Behaviour>([
    { kind: 'neverReady' },
    { kind: 'exitsAtOnce' },
    { kind: 'dies', afterMs: random.between(100, 4_000) },
    { kind: 'fallsSick', afterMs: random.between(100, 4_000) },
    { kind: 'fails', share: random.pick([0.7, 1]) },
  ])
}

function drawFaults(random: Random): Faults {
  const some = () => (random.chance(0.5) ? random.next() * 0.2 : 0)
  return {
    refused: some(),
    lostReply: some(),
    appliedLate: some(),
    slow: some(),
    crashBeforeAppend: random.chance(0.5) ? 0.02 : 0,
    crashAfterAppend: random.chance(0.5) ? 0.02 : 0,
    stableDies: random.chance(0.3) ? 0.005 : 0,
    untilMs: random.between(5_000, 60_000),
  }
}

function drawPerson(random: Random): Scenario['person'] {
  const acts = (['abort', 'pause', 'resume', 'promote', 'promoteFull'] as const).filter(() =>
    random.chance(0.06),
  )
  return acts.map((does) => ({ does, atMs: random.between(0, 30_000) }))
}
