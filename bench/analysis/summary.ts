import { type Judge, type JudgedHour, mapJudges } from './judged-hour.ts'

/** What a judge did in all hours of a cell. */
export interface Summary {
  runs: number
  /** Part of the hours in which it rolled back, 0 to 1. */
  share: number
  /** Seconds, over all hours; Infinity where it did not get that far. */
  median: number
  p90: number
  /** Mean over the hours. */
  harmed: number
}

export function summariesOf(hours: readonly JudgedHour[]): Record<Judge, Summary> {
  return mapJudges((judge) => summaryOf(hours.map(({ decisions }) => decisions[judge])))
}

function summaryOf(decisions: readonly JudgedHour['decisions'][Judge][]): Summary {
  const runs = decisions.length
  const times = decisions.map(({ rolledBackAt }) => rolledBackAt ?? Infinity).sort((a, b) => a - b)
  return {
    runs,
    share: times.filter(Number.isFinite).length / runs,
    median: quantile(times, 0.5),
    p90: quantile(times, 0.9),
    harmed: decisions.reduce((sum, { harmed }) => sum + harmed, 0) / runs,
  }
}

/** The smallest value that at least this part of them, which ascend, does not exceed. */
export function quantile(ascending: readonly number[], part: number): number {
  return ascending[Math.max(0, Math.ceil(part * ascending.length) - 1)]!
}
