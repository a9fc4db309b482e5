import type { Fact } from '../core/narrate.ts'
import type {
  DeployNews,
  EnvironmentStatus,
  PlanAnswer,
  RolloutNewsLine,
  RolloutSummary,
  StatusAnswer,
} from '../server/contract.ts'
import { helloOf } from './fake-agent.fixture.ts'

/** r7 → r8 by blue-green, begun at 100 s, with what the test says otherwise. */
export function summary(more: Partial<RolloutSummary> = {}): RolloutSummary {
  return {
    id: '2f9c',
    kind: 'deploy',
    environment: 'shop/production',
    strategy: 'blue-green',
    from: 'r7',
    to: 'r8',
    status: 'running',
    reason: null,
    startedBy: 'ada@laptop',
    startedAt: 100_000,
    endedAt: null,
    paused: false,
    waitsFor: null,
    step: { index: 0, count: 5, text: '2 × r8', kind: 'provision' },
    weights: { r7: 10_000 },
    highestShare: 0,
    counts: { candidate: { requests: 0, bad: 0 }, stable: { requests: 0, bad: 0 } },
    evidence: null,
    ...more,
  }
}

export const succeeded = summary({
  status: 'succeeded',
  endedAt: 100_800,
  step: null,
  weights: { r8: 10_000 },
  counts: { candidate: { requests: 1_204, bad: 0 }, stable: { requests: 3_100, bad: 2 } },
})

export const rolledBack = summary({
  status: 'rolled-back',
  endedAt: 102_000,
  step: null,
  reason: { kind: 'health', message: 'r8 never became ready', details: [] },
})

/** A line of a rollout's news. */
export function news(seq: number, facts: Fact[], rollout: RolloutSummary): RolloutNewsLine {
  return { seq, at: rollout.startedAt + seq * 100, facts, rollout }
}

/** So many milliseconds after the rollout's start. */
export function fact(
  sinceMs: number,
  mark: Fact['mark'],
  title: string,
  text: string,
  more: Partial<Fact> = {},
): Fact {
  return { at: 100_000 + sinceMs, mark, title, text, ...more }
}

/** What a deploy says until its rollout begins. */
export const beginning: DeployNews[] = [
  {
    kind: 'planned',
    app: 'shop',
    environment: 'production',
    target: 'process',
    router: 'embedded',
    instances: 2,
    strategy: 'blue-green',
    recommended: 'two copies fit, and there is too little traffic to judge a canary',
    warnings: [],
  },
  { kind: 'fact', fact: fact(100, 'done', 'release', 'r8 from /apps/shop, 41 files, 212 kB') },
  { kind: 'rollout', id: '2f9c', from: 'r7', to: 'r8', url: 'http://shop-production.localhost:8080/' },
]

/** Everything well: r7 in production, r8 taking 1 % of it. */
export const production: EnvironmentStatus = {
  id: 'shop/production',
  app: 'shop',
  name: 'production',
  isUp: true,
  url: 'http://shop.example.com/',
  previewUrl: 'http://preview--shop.example.com/',
  previewToken: 'secret-token',
  stable: { release: 'r7', count: 4 },
  stableSince: 0,
  warm: [],
  weights: { r8: 100, r7: 9_900 },
  releases: [
    { release: 'r7', wanted: 4, instances: ready('r7', 4), facts: [] },
    { release: 'r8', wanted: 4, instances: ready('r8', 3), facts: [] },
  ],
  rollout: summary({
    strategy: 'canary',
    step: { index: 5, count: 18, text: 'watch for 15 min', kind: 'analyze' },
  }),
  lastDrill: null,
  removedAt: null,
  totals: { requests: 12_040, failed: 3, retried: 2 },
}

export const staging: EnvironmentStatus = {
  ...production,
  id: 'shop/staging',
  name: 'staging',
  url: 'http://shop-staging.localhost:8080/',
  stable: { release: 'r8', count: 1 },
  weights: { r8: 10_000 },
  warm: [{ release: 'r7', count: 1, retireAt: 700_000 }],
  releases: [
    { release: 'r8', wanted: 1, instances: ready('r8', 1), facts: [] },
    { release: 'r7', wanted: 1, instances: ready('r7', 1), facts: [] },
  ],
  rollout: null,
  totals: { requests: 0, failed: 0, retried: 0 },
}

export function status(...environments: EnvironmentStatus[]): StatusAnswer {
  return { hello: helloOf('/home'), environments, warnings: [] }
}

const cheap = {
  extraInstances: 1,
  expectedMs: 8_000,
  exposedBasisPoints: 5_000,
  serveTogether: true,
  interrupts: false,
}

/** r7 → r8 by a canary of two steps. */
export const canaryPlan: PlanAnswer = {
  app: 'shop',
  environment: 'production',
  strategy: 'canary',
  from: { release: 'r7', count: 4 },
  to: { release: 'r8', count: 4 },
  steps: [
    { step: { kind: 'provision', release: 'r8', count: 4 }, text: '4 × r8' },
    {
      step: {
        kind: 'settle',
        release: 'r8',
        count: 4,
        atLeast: 4,
        forMs: 0,
        patienceMs: 600_000,
        deadlineMs: 600_000,
      },
      text: '4 of r8 ready',
    },
    { step: { kind: 'shift', weights: { r7: 9_900, r8: 100 }, hold: false }, text: '99 % → r7, 1 % → r8' },
    { step: { kind: 'verify', deadlineMs: 30_000 }, text: 'the router is seen to serve it' },
    { step: { kind: 'analyze', purpose: 'pace', forMs: 900_000 }, text: 'watch for 15 min' },
    { step: { kind: 'gate', name: 'go on from 1 %' }, text: 'wait for a person to approve: go on from 1 %' },
    { step: { kind: 'shift', weights: { r8: 10_000 }, hold: false }, text: '100 % → r8' },
    { step: { kind: 'verify', deadlineMs: 30_000 }, text: 'the router is seen to serve it' },
  ],
  price: {
    extraInstances: 4,
    expectedMs: 901_500,
    exposedBasisPoints: 100,
    serveTogether: true,
    interrupts: false,
  },
  recommended: { strategy: 'rolling', why: 'twice the instances do not fit into memory' },
  compared: [
    { strategy: 'rolling', summary: '', refusal: null, price: cheap },
    { strategy: 'blue-green', summary: '', refusal: 'blue-green runs two releases at once', price: cheap },
    {
      strategy: 'canary',
      summary: '',
      refusal: null,
      price: {
        extraInstances: 4,
        expectedMs: 901_500,
        exposedBasisPoints: 100,
        serveTogether: true,
        interrupts: false,
      },
    },
    {
      strategy: 'recreate',
      summary: '',
      refusal: null,
      price: {
        ...cheap,
        extraInstances: 0,
        exposedBasisPoints: 10_000,
        serveTogether: false,
        interrupts: true,
      },
    },
  ],
  configuration: { added: ['FEATURE_X'], changed: ['LOG_LEVEL'], removed: [] },
  keepWarmMs: 600_000,
  warnings: [],
}

function ready(release: string, count: number): EnvironmentStatus['releases'][number]['instances'] {
  return Array.from({ length: count }, (_, slot) => {
    const id = `${release}-${slot}-1`
    return { id, state: 'ready' as const, handle: `pid ${slot}`, port: 40_000 + slot, startedAt: 0 }
  })
}
