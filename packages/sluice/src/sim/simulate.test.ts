import { describe, expect, it } from 'vitest'
import { drawScenario } from './draw-scenario.ts'
import { explainFailure } from './explain-failure.ts'
import { calm } from './scenario.ts'
import { scenariosThatFoundSomething } from './scenarios-that-found-something.ts'
import { simulate } from './simulate.ts'

const first = Number(process.env.SLUICE_SIM_SEED ?? 1)
const worlds = Number(process.env.SLUICE_SIM_WORLDS ?? 3_000)

describe('in simulated worlds', () => {
  it(`keeps every invariant over ${worlds} worlds from seed ${first}`, { timeout: 3_600_000 }, () => {
    const ends: Record<string, number> = {}
    for (let seed = first; seed < first + worlds; seed += 1) {
      const report = simulate(drawScenario(seed))
      if (report.wrongs.length > 0) expect.fail(explainFailure(report))
      ends[report.rollout.status] = (ends[report.rollout.status] ?? 0) + 1
    }
    if (worlds < 100) return
    expect(ends.succeeded).toBeGreaterThan(worlds / 5)
    expect(ends['rolled-back']).toBeGreaterThan(worlds / 5)
  })

  it.each(scenariosThatFoundSomething)('no longer: $found', ({ scenario }) => {
    const report = simulate(scenario)
    if (report.wrongs.length > 0) expect.fail(explainFailure(report))
  })

  it('gives the same journal for the same world', () => {
    const scenario = drawScenario(first)
    expect(simulate(scenario).journal).toEqual(simulate(scenario).journal)
  })

  it('moves everybody to a good release and leaves stable warm', () => {
    const { rollout, wrongs } = simulate({ ...calm, keepWarmMs: 600_000 })
    expect(wrongs).toEqual([])
    expect(rollout.status).toBe('succeeded')
    expect(rollout.warm).toEqual([{ release: 'r1', count: 4, retireAt: rollout.endedAt! + 600_000 }])
  })
})
