import type { StrategySpec } from '../core/strategies/index.ts'
import type { Scenario } from './scenario.ts'
import { calm, quiet } from './scenario.ts'

const blueGreen: StrategySpec = { kind: 'blue-green', bakeMs: 0, approve: false, progressDeadlineMs: 60_000 }

/** Whole worlds rather than seeds, so that they stay the same when the drawing changes. Each found what its sentence says. */
export const scenariosThatFoundSomething: { found: string; scenario: Scenario }[] = [
  {
    found: 'an outage of both releases was blamed on the candidate, whose share had just grown',
    scenario: {
      ...calm,
      spec: {
        kind: 'canary',
        steps: [
          { weightBasisPoints: 500, analyzeMs: 10_000, gate: false },
          { weightBasisPoints: 5_000, analyzeMs: 10_000, gate: false },
        ],
        scale: 'full',
        approve: false,
        progressDeadlineMs: 60_000,
      },
      requestsPerSecond: 100,
      outage: { fromMs: 10_300, untilMs: 18_000, share: 1 },
    },
  },
  {
    found:
      'stable and candidate both lost for good: the way back never ended, and no next deploy could begin',
    scenario: {
      ...calm,
      candidateIs: { kind: 'fallsSick', afterMs: 500 },
      stableIs: { kind: 'fallsSick', atMs: 400 },
    },
  },
  {
    found:
      'the deadline of a drain ran while the candidate served in the place of stable, and its requests were cut',
    scenario: {
      ...calm,
      candidateIs: { kind: 'fails', share: 1 },
      stableIs: { kind: 'diesWholly', atMs: 1_010, backAfterMs: 9_000 },
      drainMs: 500,
    },
  },
  {
    found:
      'a candidate fell sick just as stable was told to end: users came back to instances that were ending',
    scenario: { ...calm, candidateIs: { kind: 'fallsSick', afterMs: 5_025 } },
  },
  {
    found: 'a router that restarted with an older table during the bake was left with it',
    scenario: { ...calm, spec: { ...blueGreen, bakeMs: 20_000 }, losesTableAtMs: [4_000] },
  },
  {
    found: 'a stable that was being started again was called back in full with one instance of two ready',
    scenario: {
      ...calm,
      seed: 219,
      spec: {
        kind: 'rolling',
        batch: { count: 2 },
        surge: { count: 0 },
        maxUnavailable: { count: 1 },
        analyzeMs: 0,
        progressDeadlineMs: 60_000,
      },
      stable: { release: 'r1', count: 2 },
      candidate: { release: 'r2', count: 2 },
      candidateIs: { kind: 'neverReady' },
      startMs: 400,
    },
  },
  {
    found: 'users were sent back to instances of the old release whose end was already under way',
    scenario: {
      ...calm,
      seed: 47_367,
      kind: 'rollback',
      spec: {
        kind: 'rolling',
        batch: { basisPoints: 2_500 },
        surge: { count: 1 },
        maxUnavailable: { count: 0 },
        analyzeMs: 2_000,
        progressDeadlineMs: 60_000,
      },
      stable: { release: 'r1', count: 5 },
      candidate: { release: 'r2', count: 5 },
      candidateIs: { kind: 'fallsSick', afterMs: 1_962 },
      isWarm: true,
      startMs: 3_000,
      requestsPerSecond: 10,
      tunnels: 0.1,
      drainMs: 500,
      hookMs: 4_000,
      workerLagMs: 50,
      faults: {
        ...quiet,
        refused: 0.15812526093795898,
        appliedLate: 0.014016357390210033,
        slow: 0.17262355443090202,
        staleCounts: 0.14496720475144684,
        untilMs: 57_147,
      },
    },
  },
]
