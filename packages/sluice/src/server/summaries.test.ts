import { afterEach, beforeEach, expect, test } from 'vitest'
import { blueGreen, canary } from '../runtime/world.fixture.ts'
import { type ControlWorld, openControlWorld } from './control.fixture.ts'
import { summaryOf, summaryOfRecord } from './summaries.ts'

let world: ControlWorld
beforeEach(async () => {
  world = await openControlWorld()
  await world.deployed({ release: 'r1' })
})
afterEach(() => world[Symbol.asyncDispose]())

const keeper = () => world.control.keeper('shop/production')
const now = () => summaryOf(keeper().rollout!, 'ann')

test('a rollout under way says how far it is and where the traffic goes', async () => {
  const id = await world.begin({ release: 'r2', spec: canary })
  await world.clock.until(() => now().step?.kind === 'analyze')
  const { step, ...rest } = now()
  expect(rest).toMatchObject({
    ...{ id, kind: 'deploy', environment: 'shop/production', strategy: 'canary', from: 'r1', to: 'r2' },
    ...{ status: 'running', reason: null, startedBy: 'ann', endedAt: null, paused: false, waitsFor: null },
    weights: { r1: 9_000, r2: 1_000 },
  })
  expect(step!.count).toBe(keeper().rollout!.steps.length)
  expect(step!.text).not.toBe('')
})

test('a rollout says whom it waits for', async () => {
  await world.begin({ release: 'r2', spec: { ...blueGreen, approve: true } })
  await world.clock.until(() => now().waitsFor !== null)
  expect(now().waitsFor).toBe('move all traffic to r2')
  await keeper().tell({ kind: 'paused', at: world.clock.now(), by: 'bob' })
  expect(now()).toMatchObject({ paused: true, waitsFor: 'paused by bob' })
  await keeper().tell({ kind: 'aborted', at: world.clock.now(), by: 'bob', why: 'lunch' })
  expect(now()).toMatchObject({ status: 'undoing', waitsFor: null, reason: { kind: 'person' } })
})

test('a rollout that is over is at no step', async () => {
  const id = await world.deployed({ release: 'r2' })
  const summary = summaryOfRecord((await world.control.records.rollouts.find(id))!)
  expect(summary).toMatchObject({ status: 'succeeded', step: null, weights: { r2: 10_000 }, waitsFor: null })
  expect(summary.endedAt).toBeGreaterThan(summary.startedAt)
})

test('what users met is counted for both sides', async () => {
  await world.begin({ release: 'r2', spec: canary })
  await world.clock.until(() => now().step?.kind === 'analyze')
  for (let request = 0; request < 20; request += 1)
    world.proxy.begin('shop/production')!.end(request % 10 === 0 ? 500 : 200)
  await world.clock.pass(1_500)
  const { candidate, stable } = now().counts
  expect(candidate.requests + stable.requests).toBe(20)
  expect(candidate.requests).toBe(2)
  expect(candidate.bad + stable.bad).toBe(2)
})
