import { describe, expect, it } from 'vitest'
import { drawScenario } from './scenario.ts'
import { type SimReport, simulate } from './simulate.ts'

const first = Number(process.env['SLUICE_SIM_SEED'] ?? 1)
const worlds = Number(process.env['SLUICE_SIM_WORLDS'] ?? 3_000)

describe('in simulated worlds', () => {
  it(`keeps every invariant over ${worlds} worlds from seed ${first}`, () => {
    const ends: Record<string, number> = {}
    for (let seed = first; seed < first + worlds; seed += 1) {
      const report = simulate(drawScenario(seed))
      if (report.wrongs.length > 0) expect.fail(describeFailure(report))
      ends[report.rollout.status] = (ends[report.rollout.status] ?? 0) + 1
    }
    expect(ends['succeeded']).toBeGreaterThan(worlds / 5)
    expect(ends['rolled-back']).toBeGreaterThan(worlds / 5)
  })
})

function describeFailure(report: SimReport): string {
  const { scenario, journal, wrongs } = report
  return [
    `seed ${scenario.seed}: ${wrongs.join('; ')}`,
    `run it alone: SLUICE_SIM_SEED=${scenario.seed} SLUICE_SIM_WORLDS=1 npx vitest run --project unit simulate`,
    JSON.stringify(scenario),
    `${journal.length} events, the last of them:`,
    ...journal.slice(-12).map((event) => JSON.stringify(event)),
  ].join('\n')
}
