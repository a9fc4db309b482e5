import { type AnalysisSpec, inconclusivePolicies, profiles, standardMetrics } from '../core/analysis/spec.ts'
import type { StepKind } from '../core/plan.ts'
import type { StrategySpec } from '../core/strategies/index.ts'
import { type Random, seeded } from '../std/random.ts'
import type { Behaviour, Command, Faults, Scenario, StableBehaviour } from './scenario.ts'
import { calm, quiet } from './scenario.ts'

const hookNames = ['smoke', 'beforeTraffic', 'after', 'onFailure'] as const
const commandNames = ['abort', 'supersede', 'pause', 'resume', 'promote', 'promoteFull'] as const
const stepKinds: StepKind[] = [
  'provision',
  'settle',
  'shift',
  'verify',
  'analyze',
  'gate',
  'hook',
  'drain',
  'retire',
]

/** A world drawn from its seed. About a third have no faults, so that a good release must succeed in them. */
export function drawScenario(seed: number): Scenario {
  const random = seeded(seed)
  if (seed % 8 === 0) return drawJudged(seed, random)
  const count = random.between(1, 5)
  const isRollback = random.chance(0.12)
  const isFirst = !isRollback && random.chance(0.1)
  const isQuiet = random.chance(0.35)
  const spec = drawSpec(random)
  return {
    seed,
    kind: isRollback ? 'rollback' : 'deploy',
    spec,
    analysis: drawAnalysis(random),
    holdback: random.chance(0.15) && spec.kind !== 'rolling' ? { basisPoints: 100, forMs: 5_000 } : null,
    stable: isFirst ? null : { release: 'r1', count: random.chance(0.7) ? count : random.between(1, 5) },
    candidate: { release: 'r2', count },
    candidateIs: drawBehaviour(random),
    isWarm: isRollback && spec.kind !== 'recreate' && random.chance(0.6),
    stableIs: isFirst || random.chance(0.8) ? { kind: 'good' } : drawStable(random),
    warm: random.chance(0.15) ? [{ release: 'r0', count: random.between(1, 3) }] : [],
    startMs: random.pick([5, 50, 400, 3_000]),
    requestsPerSecond: random.pick([0, 10, 100, 400]),
    background: 0,
    tunnels: random.pick([0, 0.1, 0.5]),
    keepWarmMs: random.pick([0, 600_000]),
    drainMs: random.pick([500, 5_000]),
    hooks: hookNames.filter(() => random.chance(0.2)),
    hookMs: random.pick([20, 20, 4_000]),
    failingHook: random.chance(0.1) ? random.pick(hookNames) : null,
    workerLagMs: random.pick([2, 2, 50, 1_500]),
    losesTableAtMs: random.chance(0.9) ? [] : drawTimes(random),
    outage: random.chance(0.08) ? drawOutage(random) : null,
    clockBack: isQuiet || random.chance(0.9) ? null : drawClockBack(random),
    faults: isQuiet ? quiet : drawFaults(random),
    person: drawPerson(random),
    traffic: random.chance(0.1) ? 'instances' : 'weighted',
  }
}

// A canary with users enough for evidence, in a world where nothing else goes wrong.
function drawJudged(seed: number, random: Random): Scenario {
  return {
    ...calm,
    seed,
    spec: {
      kind: 'canary',
      steps: [500, 2_500, 5_000].map((weightBasisPoints) => ({
        weightBasisPoints,
        analyzeMs: 10_000,
        gate: false,
      })),
      scale: 'full',
      approve: false,
      progressDeadlineMs: 60_000,
    },
    analysis: { ...drawTest(random), tickMs: random.pick([500, 1_000]) },
    candidateIs: random.chance(0.5) ? { kind: 'good' } : { kind: 'fails', share: 0.2 },
    requestsPerSecond: random.pick([100, 400]),
    background: random.pick([0, 0.02]),
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

// Ticks are short, so that a few seconds of a simulated world are enough for a verdict.
function drawAnalysis(random: Random): AnalysisSpec | null {
  return random.chance(0.4) ? null : drawTest(random)
}

function drawTest(random: Random): AnalysisSpec {
  return {
    ...profiles.fast,
    tickMs: random.pick([500, 1_000, 5_000]),
    minBakeMs: random.pick([0, 5_000]),
    deadlineMs: 30_000,
    onInconclusive: random.pick(inconclusivePolicies),
    metrics: [standardMetrics.errors, standardMetrics.clientErrors],
  }
}

function drawBehaviour(random: Random): Behaviour {
  if (random.chance(0.5)) return { kind: 'good' }
  return random.pick<Behaviour>([
    { kind: 'neverReady' },
    { kind: 'exitsAtOnce' },
    { kind: 'dies', afterMs: random.between(100, 4_000) },
    { kind: 'fallsSick', afterMs: random.between(100, 4_000) },
    { kind: 'fails', share: random.pick([0.2, 0.7, 1]) },
  ])
}

function drawStable(random: Random): StableBehaviour {
  const atMs = random.between(0, 15_000)
  return random.chance(0.5)
    ? { kind: 'diesWholly', atMs, backAfterMs: random.between(200, 20_000) }
    : { kind: 'fallsSick', atMs }
}

function drawTimes(random: Random): number[] {
  return Array.from({ length: random.between(1, 3) }, () => random.between(0, 30_000))
}

function drawOutage(random: Random): Scenario['outage'] {
  const fromMs = random.between(0, 25_000)
  return { fromMs, untilMs: fromMs + random.between(2_000, 20_000), share: random.pick([0.6, 1]) }
}

function drawClockBack(random: Random): Scenario['clockBack'] {
  const fromMs = random.between(0, 20_000)
  return { fromMs, untilMs: fromMs + random.between(500, 20_000), byMs: random.between(100, 8_000) }
}

function drawFaults(random: Random): Faults {
  const some = () => (random.chance(0.5) ? random.next() * 0.2 : 0)
  return {
    refused: some(),
    lostReply: some(),
    appliedLate: some(),
    slow: some(),
    answeredTwice: some(),
    staleCounts: some(),
    crashBeforeAppend: random.chance(0.5) ? 0.02 : 0,
    crashAfterAppend: random.chance(0.5) ? 0.02 : 0,
    stableDies: random.chance(0.3) ? 0.005 : 0,
    untilMs: random.between(5_000, 60_000),
  }
}

function drawPerson(random: Random): Command[] {
  return commandNames
    .filter(() => random.chance(0.05))
    .map((does) => ({
      does,
      when: random.chance(0.5) ? { atMs: random.between(0, 30_000) } : { step: random.pick(stepKinds) },
    }))
}
