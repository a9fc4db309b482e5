import { afterEach, beforeEach, expect, test } from 'vitest'
import { acquireLease, leaseMs } from './lease.ts'
import { openStore, type Store } from './store.ts'
import { testClock } from './test-clock.fixture.ts'
import { production, temporaryFolder } from './world.fixture.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: Store
const clock = testClock()
const take = (holder: string, from = store) => acquireLease(from, { name: production, holder, clock })

beforeEach(async () => {
  folder = await temporaryFolder()
  store = await openStore(folder.path)
})

afterEach(async () => {
  await store.close()
  await folder[Symbol.asyncDispose]()
})

test('is not given to a second holder until the first has been silent for long enough', async () => {
  const first = (await take('a'))!
  await clock.pass(leaseMs - 1)
  expect(await take('b')).toBeNull()
  await first.renew()
  await clock.pass(leaseMs - 1)
  expect(await take('b')).toBeNull()
  await clock.pass(1)
  expect((await take('b'))!.token).toBeGreaterThan(first.token)
})

test('is given to the same holder at once, under a newer token', async () => {
  const first = (await take('a'))!
  const again = (await take('a'))!
  expect(again.token).toBe(first.token + 1)
  await expect(first.renew()).rejects.toMatchObject({ code: 'LEASE_LOST' })
  await again.renew()
})

test('cannot be renewed by one who has lost it', async () => {
  const first = (await take('a'))!
  await clock.pass(leaseMs)
  await take('b')
  await expect(first.renew()).rejects.toMatchObject({ code: 'LEASE_LOST' })
})

test('can be taken at once when it was given back, and its token grows all the same', async () => {
  const first = (await take('a'))!
  await first.release()
  const second = (await take('b'))!
  expect(second.token).toBe(first.token + 1)
})

test('is not given back by one who has lost it', async () => {
  const first = (await take('a'))!
  await take('a')
  await first.release()
  expect(await take('b')).toBeNull()
})

test('is held by one of two processes that want it at once', async () => {
  const other = await openStore(folder.path)
  const both = await Promise.all([take('a'), take('b', other)])
  expect(both.filter((lease) => lease !== null)).toHaveLength(1)
  await other.close()
})

test('is held for each environment apart', async () => {
  await take('a')
  expect(await acquireLease(store, { name: 'shop/staging', holder: 'b', clock })).not.toBeNull()
})
