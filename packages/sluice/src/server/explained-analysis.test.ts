import { expect, test } from 'vitest'
import { step } from '../core/step.ts'
import { Town } from '../core/town.fixture.ts'
import { ExplainedTicks } from './explained-analysis.ts'

/** What explain would say of what happened in the town. */
function explained({ beginning, journal }: Pick<Town, 'beginning' | 'journal'>, isSameEngine = true) {
  const ticks = new ExplainedTicks()
  let state = beginning
  for (const entry of journal) {
    const [after] = step(state, entry.event)
    ticks.follow(entry, state, after)
    state = after
  }
  return ticks.answer({ beginning, isSameEngine })!
}

function rolledBack(): Town {
  const town = new Town()
  town.run(30)
  town.users = { perSecond: 200, candidateFails: 0.08, stableFails: 0.01 }
  town.run(60)
  expect(town.rollout.status).toBe('rolled-back')
  return town
}

test('the ticks that led to the verdict are told, with what it would have taken before', () => {
  const { ticks, tests, agrees } = explained(rolledBack())
  expect(agrees).toBe(true)
  expect(ticks.slice(-3).map(({ evidence }) => evidence.confirmed)).toEqual([1, 2, 3])
  expect(ticks.at(-1)).toMatchObject({
    evidence: { state: 'regress', leading: 'errors' },
    failuresToRollback: 0,
  })
  expect(ticks[0]!.failuresToRollback).toBeGreaterThan(0)
  expect(tests[0]).toBe("errors: that r2's share is more than 1.1 × r1's and 0.01 %")
  expect(tests.at(-1)).toContain('in fewer than 1 of 27 rollouts')
})

test('a long watch is told in a dozen ticks and those at which something changed', () => {
  const town = new Town({ analysis: { deadlineMs: 3_600_000 } })
  town.run(120)
  const { ticks } = explained(town)
  expect(ticks.length).toBeGreaterThan(5)
  expect(ticks.length).toBeLessThanOrEqual(14)
})

test('counts that were changed afterwards give other evidence than was recorded', () => {
  const { beginning, journal } = rolledBack()
  const altered = journal.map((entry) => {
    if (entry.event.kind !== 'measured') return entry
    const boots = entry.event.boots.map(({ boot, arms }) => ({
      boot,
      arms: Object.fromEntries(Object.entries(arms).map(([arm, counts]) => [arm, { ...counts, bad: 0 }])),
    }))
    return { ...entry, event: { ...entry.event, boots } }
  })
  expect(explained({ beginning, journal: altered }).agrees).toBe(false)
  expect(explained({ beginning, journal: altered }, false).agrees).toBeNull()
})

test('a rollout without a test has nothing to explain of it', () => {
  const beginning = { ...new Town().beginning, trial: null }
  expect(new ExplainedTicks().answer({ beginning, isSameEngine: true })).toBeNull()
})
