import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Event } from './event.ts'
import { engineVersion, type Rollout } from './rollout.ts'
import { step } from './step.ts'

// A rehearsed canary that failed twenty times as much, as an earlier build recorded it. Where it is folded differently,
// `explain` would call every journal of that build changed: then the engine has a new version, and the state that it
// folds to is recorded here with it.
const recorded: { engine: number; beginning: Rollout; events: Event[]; state: Rollout } = JSON.parse(
  readFileSync(new URL('recorded-journal.fixture.json', import.meta.url), 'utf8'),
)

it('folds a journal that an earlier build of this engine wrote to the state recorded with it', () => {
  expect(recorded.engine).toBe(engineVersion)
  const folded = recorded.events.reduce((state, event) => step(state, event)[0], recorded.beginning)
  // As text, which is how it is compared with what was recorded.
  expect(textOf(folded)).toBe(textOf(recorded.state))
})

// The last digits of a logarithm may be those of the machine.
function textOf(state: Rollout): string {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(12)) : value
  return JSON.stringify(state, rounded, 1)
}
