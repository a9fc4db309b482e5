import type { Random } from '../../packages/sluice/src/std/random.ts'

/** What one hour is like, second by second. */
export interface Course {
  /** The candidate's share of the traffic, 0 to 1, from this second on. */
  share(at: number): number
  /** Mean chance that a request of the arm fails, in these seconds. */
  stable(from: number, to: number): number
  candidate(from: number, to: number): number
}

/** A kind of hour. */
export interface Scenario {
  name: string
  /** Stable's share of failures, where the scenario has a single one. */
  baseline: number | null
  /** How many times as long the candidate's slowest 5 % take; null: durations are not looked at. */
  slower: number | null
  /** Failures come in bursts of 1 to so many, each within a tick and within an arm. */
  longestBurst: number
  /** Failures are counted once per client-window, as the analysis reference advises where they come in bursts. */
  countsWindows: boolean
  /** Whether the half hour before is known. */
  hasPast: boolean
  /** Begins an hour whose candidate has this share, unless the scenario has its own plan. */
  open(share: number, random: Random): Course
}

export const hour = 3_600

const plain = { baseline: null, slower: null, longestBurst: 1, countsWindows: false, hasPast: true }

/** The candidate fails `times` as often as stable. */
export function errors(baseline: number, times: number): Scenario {
  return {
    ...plain,
    name: `${percent(baseline)} x${times}`,
    baseline,
    open: (share) => constant(share, baseline, baseline * times),
  }
}

export function noChange(baseline: number): Scenario {
  return { ...errors(baseline, 1), name: `errors ${percent(baseline)}` }
}

/** Nobody fails; the candidate's slowest 5 % take `slower` times as long. */
export function latency(slower: number): Scenario {
  const name = slower === 1 ? 'latency' : `p99 +${Math.round((slower - 1) * 100)}%`
  return { ...plain, name, slower, open: (share) => constant(share, 0, 0) }
}

/**
 * 0.5 % of failures, and for a while, from the 30th minute, 30 % of both arms. It reaches the candidate `aheadSeconds`
 * before stable. `isOnTick`: it begins where a tick begins, as nothing in the world does.
 */
export function outage(lengthSeconds: number, aheadSeconds: number, isOnTick = false): Scenario {
  const lead = aheadSeconds === 0 ? 'shared' : `${aheadSeconds} s earlier`
  return {
    ...plain,
    name: `outage of ${lengthSeconds} s, ${lead}${isOnTick ? ', on a tick' : ''}`,
    open(share, random) {
      const begin = hour / 2 + (isOnTick ? 0 : 5 * random.next())
      const end = begin + aheadSeconds + lengthSeconds
      const failing = (since: number) => (from: number, to: number) => {
        const out = Math.max(0, Math.min(to, end) - Math.max(from, since)) / (to - from)
        return 0.005 + out * (0.3 - 0.005)
      }
      return { share: () => share, candidate: failing(begin), stable: failing(begin + aheadSeconds) }
    },
  }
}

/** The candidate's share grows from 1 to 50 % while everybody's failures grow from 0.2 to 2 %. */
export function rampAndDrift(): Scenario {
  const shares = [0.01, 0.05, 0.1, 0.25, 0.5]
  const failing = (from: number, to: number) => 0.002 + (0.018 * (from + to)) / 2 / hour
  return {
    ...plain,
    name: 'ramp 1 to 50 % and drift 0.2 to 2 %',
    open: () => ({
      share: (at) => shares[Math.min(shares.length - 1, Math.floor((at * shares.length) / hour))]!,
      stable: failing,
      candidate: failing,
    }),
  }
}

/** 0.5 % of failures, in bursts of 1 to 20, and the three ways of dealing with them. */
export function bursts(remedy: 'phi' | 'client-windows' | 'none'): Scenario {
  const how = {
    phi: 'phi from history',
    'client-windows': 'counted by client-window',
    none: 'no history',
  }[remedy]
  return {
    ...noChange(0.005),
    name: `bursts of 1 to 20, ${how}`,
    baseline: null,
    longestBurst: 20,
    countsWindows: remedy === 'client-windows',
    hasPast: remedy !== 'none',
  }
}

function constant(share: number, stable: number, candidate: number): Course {
  return { share: () => share, stable: () => stable, candidate: () => candidate }
}

function percent(share: number): string {
  return share === 0 ? '0' : `${Number((share * 100).toPrecision(3))}%`
}
