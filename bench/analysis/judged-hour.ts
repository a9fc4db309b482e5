import { defaultAnalysis } from '../../packages/sluice/src/core/analysis/spec.ts'
import { seeded } from '../../packages/sluice/src/std/random.ts'
import { argoRollouts } from './argo-rollouts.ts'
import { flagger } from './flagger.ts'
import { kayenta } from './kayenta.ts'
import { minuteOf, type Rule } from './minute.ts'
import { pastOf } from './past.ts'
import { repeatedZTest } from './repeated-z-test.ts'
import { hour, type Scenario } from './scenario.ts'
import { Sluice } from './sluice.ts'
import { type Slice, Traffic, tickSeconds } from './traffic.ts'

/** A scenario at one traffic. */
export interface Cell {
  scenario: Scenario
  requestsPerSecond: number
  /** The candidate's, 0 to 1; without meaning where the scenario has its own plan. */
  share: number
}

export const judges = ['Sluice', 'Flagger', 'Argo', 'Kayenta-like', 'z-test'] as const
export type Judge = (typeof judges)[number]

/** What one hour came to. */
export interface JudgedHour {
  decisions: Record<Judge, Decision>
  /** Seconds until Sluice found the candidate as good as stable; null: it did not, or rolled it back before. */
  foundGoodAt: number | null
}

/** What a judge did. */
export interface Decision {
  /** Seconds until it rolled the candidate back; null: it did not. */
  rolledBackAt: number | null
  /** Users harmed until then. */
  harmed: number
}

/** One hour of a candidate beside stable, before all judges at once. One that is found good is watched all the same. */
export function judgedHour({ scenario, requestsPerSecond, share }: Cell, seed: number): JudgedHour {
  const random = seeded(seed)
  const course = scenario.open(share, random)
  const traffic = new Traffic(scenario, requestsPerSecond, random)
  const sluice = new Sluice(defaultAnalysis, pastOf(scenario, course, traffic), scenario.countsWindows)
  const peers = Object.entries(newPeers()) as [Judge, Rule][]
  const decided: Partial<Record<Judge, Decision>> = {}
  let foundGoodAt: number | null = null
  let harmed = 0
  let minute: Slice[] = []
  for (let at = tickSeconds; at <= hour && judges.some((judge) => !decided[judge]); at += tickSeconds) {
    const slice = traffic.slice(course, at)
    harmed += slice.harmed
    const verdict = decided.Sluice ? null : sluice.weigh(slice)
    if (verdict === 'nonInferior') foundGoodAt ??= at
    if (verdict === 'regress') decided.Sluice = { rolledBackAt: at, harmed }
    minute.push(slice)
    if (at % 60 !== 0) continue
    const totals = minuteOf(minute)
    for (const [judge, rollsBack] of peers) {
      if (!decided[judge] && rollsBack(totals)) decided[judge] = { rolledBackAt: at, harmed }
    }
    minute = []
  }
  if (!decided.Sluice && sluice.isWorseAtDeadline()) decided.Sluice = { rolledBackAt: hour, harmed }
  const left: Decision = { rolledBackAt: null, harmed }
  return { decisions: mapJudges((judge) => decided[judge] ?? left), foundGoodAt }
}

function newPeers(): Record<Exclude<Judge, 'Sluice'>, Rule> {
  return { Flagger: flagger(), Argo: argoRollouts(), 'Kayenta-like': kayenta(), 'z-test': repeatedZTest() }
}

/** A table of all judges. */
export function mapJudges<T>(of: (judge: Judge) => T): Record<Judge, T> {
  return Object.fromEntries(judges.map((judge) => [judge, of(judge)])) as Record<Judge, T>
}
