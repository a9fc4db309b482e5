import type { Scenario } from './scenario.ts'
import { calm, quiet } from './scenario.ts'
import { type SimReport, simulate } from './simulate.ts'

/** The simplest world like this one in which the same thing goes wrong; its journal ends where it does. */
export function shrink(found: SimReport): SimReport {
  let smallest = found
  for (let round = 0; round < 3; round += 1) {
    const before = smallest
    for (const simplify of simplifications(smallest.scenario)) smallest = simpler(smallest, simplify)
    if (smallest === before) break
  }
  return smallest
}

function simpler(report: SimReport, simplify: (scenario: Scenario) => Scenario): SimReport {
  const tried = simulate(simplify(report.scenario))
  const isSame = tried.wrongs[0] !== undefined && kindOf(tried.wrongs[0]) === kindOf(report.wrongs[0]!)
  return isSame && tried.journal.length <= report.journal.length ? tried : report
}

function kindOf(wrong: string): string {
  return wrong.replace(/\d+/g, '').slice(0, 30)
}

function simplifications(scenario: Scenario): ((scenario: Scenario) => Scenario)[] {
  const plain = (Object.keys(calm) as (keyof Scenario)[]).filter((key) => !fixed.includes(key))
  return [
    (now) => ({ ...now, faults: quiet }),
    ...(Object.keys(quiet) as (keyof typeof quiet)[]).map((fault) => (now: Scenario) => ({
      ...now,
      faults: { ...now.faults, [fault]: 0 },
    })),
    ...plain.map((key) => (now: Scenario) => ({ ...now, [key]: calm[key] })),
    ...scenario.person.map((command) => (now: Scenario) => ({
      ...now,
      person: now.person.filter((one) => one !== command),
    })),
    (now) => ({ ...now, candidate: { ...now.candidate, count: 1 } }),
    (now) => ({ ...now, stable: now.stable && { ...now.stable, count: 1 } }),
  ]
}

const fixed: (keyof Scenario)[] = [
  'seed',
  'kind',
  'spec',
  'stable',
  'candidate',
  'isWarm',
  'faults',
  'person',
]
