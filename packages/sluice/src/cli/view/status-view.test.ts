import { expect, it } from 'vitest'
import { production, status, summary } from '../answers.fixture.ts'
import { callOf } from '../call.ts'
import { keptIo } from '../io.fixture.ts'
import type { Sample } from './status.ts'
import { statusView } from './status-view.ts'

const io = () => keptIo({ home: '/nowhere' })

it('tells nothing twice where nobody looks at a terminal', () => {
  const kept = io()
  const show = statusView(callOf(kept, {}), { watch: true })
  const times = () => kept.printed().match(/shop\n/g)?.length
  show(sample(0, 100))
  show(sample(1_000, 100))
  show(sample(2_000, 100))
  expect(times()).toBe(2)
  show(sample(3_000, 350))
  expect(times()).toBe(3)
  expect(kept.printed()).toContain('250 req/s   350 requests')
})

it('gives no rate when the proxy counts from nothing again', () => {
  const kept = io()
  const show = statusView(callOf(kept, {}), { watch: true })
  show(sample(0, 100))
  show(sample(1_000, 7))
  expect(kept.printed()).not.toContain('req/s')
})

it('says what a rollout waits for, and how to let it go on', () => {
  const kept = io()
  const step = {
    index: 2,
    count: 6,
    text: 'wait for a person to approve: all traffic',
    kind: 'gate' as const,
  }
  const rollout = summary({ waitsFor: 'all traffic', step })
  statusView(callOf(kept, {}), {})({ at: 100_000, answer: status({ ...production, rollout }) })
  expect(kept.printed()).toContain(
    '! r7 → r8 by blue-green: step 3 of 6: waits: all traffic (sluice promote)',
  )
})

function sample(at: number, requests: number): Sample {
  return { at, answer: status({ ...production, totals: { requests, failed: 0, retried: 0 } }) }
}
