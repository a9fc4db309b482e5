import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seeded } from '../../std/random.ts'
import { type ArmCounts, noCounts } from '../counts.ts'
import { type Baseline, unknownBaseline } from './baseline.ts'
import { evidenceOf } from './evidence.ts'
import { defaultAnalysis } from './spec.ts'
import type { Measurement } from './tick.ts'
import { averageOf, measure, newTrial, type Trial } from './trial.ts'
import { verdictOf } from './verdict.ts'
import { failuresToRollback } from './would-take.ts'

const tickMs = 5_000

function trial(baseline: Partial<Baseline> = {}): Trial {
  const known = { ...unknownBaseline, isKnown: true, ...baseline }
  return newTrial(defaultAnalysis, known, { candidate: 3, stable: 3 }, 0)
}

/** Counts up what happens in ticks; every call is one tick later. */
function counter() {
  const arms: Record<string, ArmCounts> = {}
  let at = 0
  return {
    arms,
    tick(grown: Record<string, Partial<ArmCounts>> = {}): Measurement {
      for (const [arm, more] of Object.entries(grown)) {
        const before = arms[arm] ?? noCounts
        const latency = new Map(before.latency)
        for (const [index, count] of more.latency ?? []) latency.set(index, (latency.get(index) ?? 0) + count)
        arms[arm] = {
          requests: before.requests + (more.requests ?? 0),
          bad: before.bad + (more.bad ?? 0),
          clientErrors: before.clientErrors + (more.clientErrors ?? 0),
          aborted: 0,
          odd: {
            requests: before.odd.requests + (more.odd?.requests ?? 0),
            bad: before.odd.bad + (more.odd?.bad ?? 0),
            clientErrors: 0,
          },
          latency: [...latency].sort(([a], [b]) => a - b),
        }
      }
      at += tickMs
      const boots = [{ boot: 'w1', arms: structuredClone(arms) }]
      return { at, boots, ratios: [], candidate: 'r8', stable: 'r7' }
    },
  }
}

const even = { 'r8@2': { requests: 50, bad: 1 }, 'r7@2': { requests: 450, bad: 9 } }
const worse = { 'r8@2': { requests: 50, bad: 10 }, 'r7@2': { requests: 450, bad: 9 } }

describe('a trial', () => {
  it('takes what was counted before it for nobody’s evidence', () => {
    const count = counter()
    const begun = measure(
      trial(),
      count.tick({ 'r8@1': { requests: 500, bad: 500 }, 'r7@1': { requests: 500 } }),
    )
    expect(begun.metrics[0]!.total).toEqual({ nC: 0, nS: 0, xC: 0, xS: 0 })
    expect(begun.begunAt).toBeNull()
  })

  it('is not moved by a measurement that comes again, or late', () => {
    const count = counter()
    const first = count.tick({ 'r7@1': {} })
    const second = count.tick(worse)
    const third = count.tick(worse)
    const once = [first, second, third].reduce(measure, trial())
    const again = { ...second, at: third.at + tickMs }
    const after = measure(once, again)
    expect(after.metrics).toEqual(once.metrics)
  })

  it('goes on from where it was written down, at any tick', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(60), fc.nat(500), fc.nat(9), fc.nat(9), fc.nat(3)), {
          minLength: 2,
          maxLength: 30,
        }),
        fc.nat(29),
        (ticks, cut) => {
          const count = counter()
          const measured = ticks.map(([nC, nS, xC, xS, epoch]) =>
            count.tick({
              [`r8@${epoch + 1}`]: { requests: nC, bad: Math.min(nC, xC), latency: [[150 + xC, nC]] },
              [`r7@${epoch + 1}`]: { requests: nS, bad: Math.min(nS, xS), latency: [[150 + xS, nS]] },
            }),
          )
          const inOne = measured.reduce(measure, trial())
          const before = measured.slice(0, cut).reduce(measure, trial())
          const revived = JSON.parse(JSON.stringify(before)) as Trial
          expect(measured.slice(cut).reduce(measure, revived)).toEqual(JSON.parse(JSON.stringify(inOne)))
        },
      ),
      { seed: 11, numRuns: 60 },
    )
  })

  it('does not care in which order the ticks of one epoch come, as long as no restart is between them', () => {
    const orders = [
      [even, worse, even],
      [worse, even, even],
    ].map((order) => {
      const count = counter()
      return order.map((grown) => count.tick(grown)).reduce(measure, measure(trial(), count.tick()))
    })
    const [a, b] = orders.map(averageOf)
    expect(a).toBeCloseTo(b!, 9)
  })

  it('keeps requests of the old share apart when they end under the new one', () => {
    // A minute at one half, of which 30 requests time out after the share has become a hundredth.
    const count = counter()
    const late = {
      'r8@2': { requests: 30, bad: 30 },
      'r7@2': { requests: 30, bad: 30 },
      'r8@3': { requests: 5 },
      'r7@3': { requests: 495 },
    }
    const start = measure(trial(), count.tick({ 'r8@2': { requests: 250 }, 'r7@2': { requests: 250 } }))
    const after = [1, 2, 3, 4, 5].reduce((state) => measure(state, count.tick(late)), start)
    expect(averageOf(after)).toBeLessThan(0)
  })

  it('rolls back after four ticks in a row, and says what it rests on', () => {
    const count = counter()
    let state = measure(trial(), count.tick())
    const states: string[] = []
    for (let i = 0; i < 6; i++) {
      state = measure(state, count.tick(worse))
      states.push(verdictOf(state, { now: state.tally.at!, hadFairShare: true }).state)
    }
    expect(states).toEqual(['suspicious', 'suspicious', 'suspicious', 'regress', 'regress', 'regress'])
    const evidence = evidenceOf(state, null, state.tally.at!)
    expect(evidence).toMatchObject({ leading: 'errors', lowTrust: false, threshold: 1 / 0.0075 })
    expect(evidence.metrics[0]).toMatchObject({
      id: 'errors',
      nC: 300,
      xC: 60,
      nS: 2_700,
      xS: 54,
      weight: 0.4,
    })
    const { low, estimate, high } = evidence.metrics[0]!.ratio!
    expect(estimate).toBeCloseTo(10, 5)
    expect(low).toBeGreaterThan(4)
    expect(high).toBeLessThan(25)
    expect(failuresToRollback(state)).toBe(0)
    expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence)
  })

  it('knows what it would have taken', () => {
    const count = counter()
    const state = [even, even].reduce(
      (now, grown) => measure(now, count.tick(grown)),
      measure(trial(), count.tick()),
    )
    const failures = failuresToRollback(state)!
    expect(failures).toBeGreaterThan(3)
    const errors = state.metrics[0]!.total
    const more = { requests: failures, bad: failures }
    const beside = { requests: Math.round((failures * errors.nS) / errors.nC) }
    const enough = measure(state, count.tick({ 'r8@2': more, 'r7@2': beside }))
    expect(averageOf(enough)).toBeGreaterThanOrEqual(Math.log(1 / 0.0075))
    expect(failuresToRollback(measure(trial(), count.tick()))).toBeNull()
  })

  it('gives 4xx and time a say of their own', () => {
    const found = [
      { 'r8@2': { requests: 50, clientErrors: 25 }, 'r7@2': { requests: 450, clientErrors: 4 } },
      { 'r8@2': { requests: 50, latency: [[220, 50]] }, 'r7@2': { requests: 450, latency: [[180, 450]] } },
    ].map((grown) => {
      const count = counter()
      let state = measure(trial({ latency: [[180, 1_000]] }), count.tick())
      for (let i = 0; i < 4; i++) state = measure(state, count.tick(grown as never))
      return evidenceOf(state, null, state.tally.at!).leading
    })
    expect(found).toEqual(['clientErrors', 'p99'])
  })

  it.each([
    [1, 2],
    [2, 2],
    [2, 60],
  ])(
    'does not blame the candidate for an outage that it had %d ticks before stable, and both for %d more',
    (alone, both) => {
      const count = counter()
      const usual = { 'r8@2': { requests: 2_500, bad: 12 }, 'r7@2': { requests: 2_500, bad: 12 } }
      const first = { ...usual, 'r8@2': { requests: 2_500, bad: 750 } }
      const shared = { ...first, 'r7@2': { requests: 2_500, bad: 750 } }
      const days = [
        ...Array(120).fill(usual),
        ...Array(alone).fill(first),
        ...Array(both).fill(shared),
        ...Array(120).fill(usual),
      ]
      let state = measure(trial(), count.tick())
      const states = days.map((grown) => {
        state = measure(state, count.tick(grown))
        return verdictOf(state, { now: state.tally.at!, hadFairShare: true }).state
      })
      expect(states).not.toContain('regress')
    },
  )

  it('still finds a release that is worse after an incident', () => {
    const count = counter()
    const usual = { 'r8@2': { requests: 500, bad: 2 }, 'r7@2': { requests: 500, bad: 2 } }
    const outage = { 'r8@2': { requests: 500, bad: 200 }, 'r7@2': { requests: 500, bad: 200 } }
    const broken = { ...usual, 'r8@2': { requests: 500, bad: 50 } }
    const states = new Set<string>()
    let state = measure(trial(), count.tick())
    for (const grown of [...Array(130).fill(usual), outage, outage, ...Array(30).fill(broken)]) {
      state = measure(state, count.tick(grown))
      states.add(verdictOf(state, { now: state.tally.at!, hadFairShare: true }).state)
    }
    expect(states).toContain('regress')
  })

  it('does not blame the candidate for a database that is slow for both', () => {
    const count = counter()
    let state = measure(trial({ latency: [[150, 10_000]] }), count.tick())
    for (let i = 0; i < 20; i++) {
      const latency = (n: number): [number, number][] => [[150 + i * 4, n]]
      const grown = {
        'r8@2': { requests: 50, latency: latency(50) },
        'r7@2': { requests: 450, latency: latency(450) },
      }
      state = measure(state, count.tick(grown))
    }
    expect(averageOf(state)).toBeLessThan(Math.log(10))
  })

  it('is trusted less when the instances of stable differ among themselves', () => {
    const count = counter()
    const odd = { requests: 225, bad: 40, clientErrors: 0 }
    let state = measure(trial(), count.tick())
    for (let i = 0; i < 10; i++)
      state = measure(
        state,
        count.tick({ 'r8@2': { requests: 50 }, 'r7@2': { requests: 450, bad: 42, odd } }),
      )
    expect(state.lowTrust).toBe(true)
    expect(trial().lowTrust).toBe(false)
    expect(trial({ isKnown: false }).lowTrust).toBe(true)
  })

  it('needs more of it where failures come in bursts', () => {
    const evidence = [1, 10].map((errors) => {
      const count = counter()
      const state = measure(trial({ phi: { errors, clientErrors: 1 } }), count.tick())
      return averageOf(measure(state, count.tick(worse)))
    })
    expect(evidence[1]!).toBeLessThan(evidence[0]! / 5)
  })

  it('learns of bursts on the way where nothing was known before', () => {
    const phis = [true, false].map((isKnown) => {
      const count = counter()
      let state = measure(trial({ isKnown }), count.tick())
      for (let i = 0; i < 60; i++) {
        const onOdd = i % 2 === 0 ? 20 : 0
        const odd = { requests: 225, bad: onOdd, clientErrors: 0 }
        state = measure(
          state,
          count.tick({ 'r8@2': { requests: 50 }, 'r7@2': { requests: 450, bad: 20, odd } }),
        )
      }
      return state.metrics[0]!.regress.phi
    })
    expect(phis[0]).toBe(1)
    expect(phis[1]).toBeGreaterThan(15)
  })

  it('allows for the luck of instances that are known to differ', () => {
    const [alike, unlucky] = [0, 0.3].map((instanceSd) => trial({ instanceSd }))
    expect(alike!.metrics[0]!.regress.theta0).toBe(1.1)
    expect(unlucky!.metrics[0]!.regress.theta0).toBeCloseTo(Math.exp(2.5 * 0.3 * Math.sqrt(2 / 3)), 9)
    expect(unlucky!.lowTrust).toBe(false)
    expect(trial({ instanceSd: 0.9 }).lowTrust).toBe(true)
  })

  it('rolls back an unchanged release in fewer than 1 of 100 hours, as a whole, with all its metrics', {
    timeout: 300_000,
  }, () => {
    const seed = 20_261_122
    const random = seeded(seed)
    const runs = 300
    let rolledBack = 0
    for (let run = 0; run < runs; run++) {
      const count = counter()
      let state = measure(trial(), count.tick())
      for (let i = 0; i < 120; i++) {
        const failed = (n: number) =>
          Array.from({ length: n }, () => random.chance(0.02)).filter(Boolean).length
        const grown = {
          'r8@2': { requests: 25, bad: failed(25) },
          'r7@2': { requests: 75, bad: failed(75) },
        }
        state = measure(state, count.tick(grown))
        if (verdictOf(state, { now: state.tally.at!, hadFairShare: false }).state === 'regress') {
          rolledBack += 1
          break
        }
      }
    }
    expect(rolledBack, `seed ${seed}`).toBeLessThanOrEqual(3)
  })
})
