import { afterEach, beforeEach, expect, test } from 'vitest'
import { canary } from '../runtime/world.fixture.ts'
import { type ControlWorld, openControlWorld } from './control.fixture.ts'
import { explain, findRollout } from './explain.ts'

let world: ControlWorld
beforeEach(async () => {
  world = await openControlWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

test('a rollout that is over is told with its reasons, and replays to what was recorded', async () => {
  await world.deployed({ release: 'r1' })
  const id = await world.deployed({ release: 'r2', spec: canary })
  const { rollout, entries, replays } = await explain(world.control, id)
  expect(rollout).toMatchObject({ id, status: 'succeeded', from: 'r1', to: 'r2' })
  expect(replays).toBe(true)
  expect(entries.length).toBeGreaterThan(3)
  expect(entries.every(({ facts }) => facts.length > 0)).toBe(true)
})

test('one that turned back says why', async () => {
  await world.deployed({ release: 'r1' })
  const id = await world.deployed({ release: 'r2', conduct: 'crashing' })
  const { rollout, replays } = await explain(world.control, id)
  expect(rollout).toMatchObject({ status: 'rolled-back', reason: { kind: 'health' } })
  expect(replays).toBe(true)
})

test('a journal that was tampered with does not replay', async () => {
  const id = await world.deployed({ release: 'r1' })
  const { db } = world.control.store
  await db.deleteFrom('journal').where('rollout', '=', id).where('seq', '=', 5).execute()
  expect((await explain(world.control, id)).replays).toBe(false)
})

test('what another version of the engine wrote is shown and not judged', async () => {
  const id = await world.deployed({ release: 'r1' })
  await world.control.store.db.updateTable('rollouts').set({ engine: 99 }).execute()
  const { replays, entries } = await explain(world.control, id)
  expect(replays).toBeNull()
  expect(entries.length).toBeGreaterThan(0)
})

test('one that is under way replays to where it was when it was asked about', async () => {
  const id = await world.begin({ release: 'r1' })
  const { rollouts } = world.control.records
  const { entries } = rollouts
  rollouts.entries = async (...given) => {
    await world.clock.pass(1_000)
    return entries(...given)
  }
  const { replays } = await explain(world.control, id)
  rollouts.entries = entries
  expect(replays).toBe(true)
})

test('one whose events were pruned is refused, and says how many are kept', async () => {
  const id = await world.deployed({ release: 'r1' })
  await world.control.store.db.deleteFrom('journal').execute()
  await expect(explain(world.control, id)).rejects.toMatchObject({
    code: 'JOURNAL_PRUNED',
    message: `the events of rollout ${id} were pruned; those of the newest 50 of shop/production are kept`,
    exitCode: 3,
  })
})

test('a rollout is found by a beginning of its id, where that is unique', async () => {
  const id = await world.deployed({ release: 'r1' })
  expect((await findRollout(world.control, id.slice(0, 7))).rollout.id).toBe(id)
  await expect(findRollout(world.control, 'fff')).rejects.toMatchObject({ code: 'UNKNOWN_ROLLOUT' })
  await world.deployed({ release: 'r2' })
  await expect(findRollout(world.control, '0')).rejects.toThrow('2 rollouts begin with 0')
})
