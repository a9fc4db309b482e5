import { unknownBaseline } from '../../packages/sluice/src/core/analysis/baseline.ts'
import { lookAt, newDeadlineLook } from '../../packages/sluice/src/core/analysis/deadline-look.ts'
import { betOn, logE, newBet } from '../../packages/sluice/src/core/analysis/e-process.ts'
import { newRatioInterval, observe } from '../../packages/sluice/src/core/analysis/ratio-interval.ts'
import { defaultAnalysis } from '../../packages/sluice/src/core/analysis/spec.ts'
import { measure, newTrial, type Trial } from '../../packages/sluice/src/core/analysis/trial.ts'
import { verdictOf } from '../../packages/sluice/src/core/analysis/verdict.ts'
import type { BootCounts } from '../../packages/sluice/src/core/counts.ts'
import { seeded } from '../../packages/sluice/src/std/random.ts'
import { type Spread, spreadOf } from '../paired.ts'
import { Counter } from './counter.ts'
import { instances } from './past.ts'
import { hour, type Scenario } from './scenario.ts'
import { Traffic, tickSeconds, together } from './traffic.ts'

const rounds = 15
const atMs = (tick: number) => tick * tickSeconds * 1_000

/** Processor time of a metric's analysis, in µs per tick: both bets on its counts, the sums for the look and the ratio, and what the bets are worth. */
export function weighingCost(): Spread {
  const counts = { nC: 50, nS: 450, xC: 1, xS: 5 }
  const ticks = 5_000
  return spreadOf(
    timed(() => {
      let worse = newBet({ theta0: 1.1, delta: 1e-4, sign: 1, omega0: 0.5 })
      let good = newBet({ theta0: 1.5, delta: 5e-4, sign: -1 })
      let look = newDeadlineLook()
      let ratio = newRatioInterval()
      for (let tick = 0; tick < ticks; tick++) {
        worse = betOn(worse, counts)
        good = betOn(good, counts)
        look = lookAt(look, counts, worse)
        ratio = observe(ratio, counts)
        logE(worse)
        logE(good)
      }
    }).map((cost) => cost / ticks),
  )
}

/**
 * Processor time of the shipped rule, from a router's counts to a verdict, in µs per tick and metric: an hour of ticks,
 * several times, after two that warm up.
 */
export function tickCost(scenario: Scenario, requestsPerSecond: number, share: number, seed: number): Spread {
  const ticks = hourOfCounts(scenario, requestsPerSecond, share, seed)
  const metrics = defaultAnalysis.metrics.length
  return spreadOf(timed(() => judge(ticks)).map((cost) => cost / ticks.length / metrics))
}

// In µs, with the garbage collected in between.
function timed(run: () => void): number[] {
  run()
  run()
  return Array.from({ length: rounds }, () => {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    return user + system
  })
}

function judge(ticks: readonly BootCounts[][]): void {
  let trial: Trial = newTrial(defaultAnalysis, unknownBaseline, instances, 0)
  ticks.forEach((boots, tick) => {
    trial = measure(trial, { at: atMs(tick), boots, ratios: [], candidate: 'r2', stable: 'r1' })
    verdictOf(trial, { now: atMs(tick), hadFairShare: true })
  })
}

function hourOfCounts(scenario: Scenario, rps: number, share: number, seed: number): BootCounts[][] {
  const random = seeded(seed)
  const course = scenario.open(share, random)
  const traffic = new Traffic(scenario, rps, random)
  const counter = new Counter(false)
  return Array.from({ length: hour / tickSeconds }, (_, tick) => {
    const { candidate, fork, rest } = traffic.slice(course, (tick + 1) * tickSeconds)
    counter.count('r1', together(fork, rest), fork)
    counter.count('r2', candidate, candidate)
    return structuredClone(counter.counts())
  })
}
