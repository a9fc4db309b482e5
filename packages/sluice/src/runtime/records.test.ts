import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { unknownBaseline } from '../core/analysis/baseline.ts'
import { defaultAnalysis } from '../core/analysis/spec.ts'
import { newTrial } from '../core/analysis/trial.ts'
import type { Event } from '../core/event.ts'
import { newRollout } from '../core/new-rollout.ts'
import type { Rollout } from '../core/rollout.ts'
import type { DrillRecord } from './drill-records.ts'
import { newEnvironmentState } from './environment-state.ts'
import { openRecords, type Records } from './records.ts'
import { openStore, type Store } from './store.ts'
import { production, settingsOf, specOf, temporaryFolder } from './world.fixture.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: Store
let records: Records
const state = newEnvironmentState()
const started: Event = { kind: 'started', at: 0 }

beforeEach(async () => {
  folder = await temporaryFolder()
  store = await openStore(folder.path)
  records = openRecords(store)
  await records.environments.save({ settings: settingsOf(), state })
})

afterEach(async () => {
  await store.close()
  await folder[Symbol.asyncDispose]()
})

function rolloutOf(id: string, environment = production, startedAt = 0): Rollout {
  return newRollout({
    ...{ id, kind: 'deploy', environment, strategy: 'canary', stable: null, steps: [] },
    ...{ candidate: { release: 'r1', count: 1 }, isExclusive: false, keepWarmMs: 0, drainMs: 0 },
    ...{
      hasOnFailure: false,
      isWarm: false,
      trial: null,
      at: startedAt,
      weights: {},
      weightEpoch: 0,
      nextEffect: 1,
    },
  })
}

function begin(rollout: Rollout, occupied = { ...state, rollout: rollout.id }): Promise<void> {
  const record = { rollout, beginning: rollout, startedBy: 'ann', note: { source: '', warnings: [] } }
  return records.rollouts.begin(record, { seq: 1, at: 0, event: started, facts: [] }, occupied)
}

describe('the evidence of a rollout', () => {
  const trial = newTrial(defaultAnalysis, unknownBaseline, { candidate: 2, stable: 2 }, 0)
  const append = (rollout: Rollout, seq: number) =>
    records.rollouts.append(rollout, { seq, at: seq, event: { ...started, at: seq }, facts: [] }, null)
  const trialWrites = async () => {
    const row = await store.db.selectFrom('rollouts').selectAll().executeTakeFirstOrThrow()
    return { state: row.stateJson.length, trial: row.trialJson }
  }

  test('comes back with it, and is written only when it has changed', async () => {
    const judged = { ...rolloutOf('aa'), trial }
    await begin(judged)
    expect((await records.rollouts.find('aa'))!.rollout).toEqual(judged)
    await store.db.updateTable('rollouts').set({ trialJson: 'untouched' }).execute()
    await append({ ...judged, now: 2 }, 2)
    expect(await trialWrites()).toMatchObject({ trial: 'untouched' })
    const later = { ...judged, now: 3, trial: { ...trial, confirmed: 2 } }
    await append(later, 3)
    expect((await trialWrites()).state).toBeLessThan(2_000)
    expect((await openRecords(store).rollouts.find('aa'))!.rollout).toEqual(later)
  })

  test('is nothing in a rollout of before there was any, which goes on without', async () => {
    await begin(rolloutOf('aa'))
    const { trial: _, verdict, routedWeights, ...old } = { ...rolloutOf('aa'), engine: 1 }
    const steps = [{ kind: 'analyze', forMs: 5 }]
    await store.db
      .updateTable('rollouts')
      .set({ stateJson: JSON.stringify({ ...old, steps }), trialJson: null })
      .execute()
    const { rollout } = (await records.rollouts.find('aa'))!
    expect(rollout).toMatchObject({ trial: null, verdict: null, routedWeights: {} })
    expect(rollout.steps).toEqual([{ kind: 'analyze', forMs: 5, purpose: 'pace' }])
  })
})

describe('the beginning of a rollout', () => {
  test('is written with its first event and the environment that it occupies', async () => {
    await begin(rolloutOf('aa'))
    expect((await records.rollouts.find('aa'))!.startedBy).toBe('ann')
    expect(await records.rollouts.entries('aa', 0)).toMatchObject([{ seq: 1, event: started }])
    expect((await records.environments.find(production))!.state.rollout).toBe('aa')
  })

  test('is written whole or not at all', async () => {
    await begin(rolloutOf('aa'))
    await store.db
      .insertInto('journal')
      .values({ rollout: 'bb', seq: 1, at: 0, eventJson: '{}', factsJson: '[]' })
      .execute()
    await expect(begin(rolloutOf('bb'))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(await records.rollouts.find('bb')).toBeNull()
    expect((await records.environments.find(production))!.state.rollout).toBe('aa')
  })
})

describe('an event', () => {
  test('is written with the state it led to, and the last one with where the environment stands', async () => {
    const rollout = rolloutOf('aa')
    await begin(rollout)
    const ended: Rollout = { ...rollout, status: 'succeeded', endedAt: 7 }
    const fact = { at: 7, mark: 'done', title: 'end', text: 'all on r1' } as const
    await records.rollouts.append(
      ended,
      { seq: 2, at: 7, event: started, facts: [fact] },
      { ...state, rollout: null },
    )
    expect((await records.rollouts.find('aa'))!.rollout).toEqual(ended)
    expect((await records.rollouts.entries('aa', 1))[0]!.facts).toEqual([fact])
    expect((await records.environments.find(production))!.state.rollout).toBeNull()
  })

  test('of a second writer is refused, and changes nothing', async () => {
    const rollout = rolloutOf('aa')
    await begin(rollout)
    const entry = { seq: 2, at: 7, event: started, facts: [] }
    await records.rollouts.append(rollout, entry, null)
    const other = records.rollouts.append({ ...rollout, status: 'undoing' }, entry, state)
    await expect(other).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect((await records.rollouts.find('aa'))!.rollout.status).toBe('running')
  })
})

describe('a journal of 100,000 events', () => {
  test('is read page by page and from any place, and lists as quickly as a short one', async () => {
    await begin(rolloutOf('aa'))
    const event = JSON.stringify({ kind: 'measured', at: 1, effect: 1, boots: [] })
    await store.db.transaction().execute(async (db) => {
      for (let first = 2; first <= 100_000; first += 1_000) {
        const rows = Array.from({ length: Math.min(1_000, 100_001 - first) }, (_, n) => ({
          ...{ rollout: 'aa', seq: first + n, at: first + n, eventJson: event, factsJson: '[]' },
        }))
        await db.insertInto('journal').values(rows).execute()
      }
    })
    expect((await records.rollouts.find('aa'))!.seq).toBe(100_000)
    expect((await records.rollouts.entries('aa', 99_997)).map(({ seq }) => seq)).toEqual([
      99_998, 99_999, 100_000,
    ])
    const sizes: number[] = []
    for (let after = 0; ; ) {
      const page = await records.rollouts.entries('aa', after)
      if (page.length === 0) break
      expect(page[0]!.seq).toBe(after + 1)
      sizes.push(page.length)
      after = page.at(-1)!.seq
    }
    expect(sizes).toEqual(Array.from({ length: 10 }, () => 10_000))
    const rollout = (await records.rollouts.find('aa'))!.rollout
    await records.rollouts.append(rollout, { seq: 100_001, at: 0, event: started, facts: [] }, null)
    expect(await records.rollouts.list({ limit: 5 })).toHaveLength(1)
  })
})

describe('rollouts', () => {
  test('are listed newest first, of one environment or of all of an app', async () => {
    await begin(rolloutOf('aa', production, 1))
    await begin(rolloutOf('bb', 'shop/staging', 2))
    await begin(rolloutOf('cc', 'shop-admin/production', 3))
    const ids = async (filter: { app?: string; environment?: string }) =>
      (await records.rollouts.list({ ...filter, limit: 10 })).map(({ rollout }) => rollout.id)
    expect(await ids({})).toEqual(['cc', 'bb', 'aa'])
    expect(await ids({ app: 'shop' })).toEqual(['bb', 'aa'])
    expect(await ids({ environment: production })).toEqual(['aa'])
  })

  test('are found by the beginning of their id, which is never a pattern', async () => {
    await begin(rolloutOf('ab12'))
    await begin(rolloutOf('ab34'))
    expect(await records.rollouts.beginningWith('ab1')).toHaveLength(1)
    expect(await records.rollouts.beginningWith('ab')).toHaveLength(2)
    expect(await records.rollouts.beginningWith('%')).toEqual([])
  })
})

describe('the journals of rollouts that are over', () => {
  const ended = async (id: string, startedAt: number, environment = production) => {
    const rollout = {
      ...rolloutOf(id, environment, startedAt),
      status: 'succeeded',
      endedAt: startedAt,
    } as const
    await begin(rollout)
  }
  const hasJournal = async (id: string) => (await records.rollouts.entries(id, 0)).length > 0

  test('are kept for the newest fifty of an environment, and of older ones the record is left', async () => {
    for (let n = 1; n <= 53; n += 1) await ended(`a${n}`, n)
    await ended('b1', 1, 'shop/staging')
    await records.rollouts.pruneJournals(production)
    const kept = await Promise.all(['a1', 'a2', 'a3', 'a4', 'a53', 'b1'].map(hasJournal))
    expect(kept).toEqual([false, false, false, true, true, true])
    expect(await records.rollouts.find('a1')).toMatchObject({ seq: 0, rollout: { status: 'succeeded' } })
    expect(await records.rollouts.list({ environment: production, limit: 100 })).toHaveLength(53)
  })

  test('are pruned little by little, and never that of a rollout that is under way', async () => {
    await begin(rolloutOf('a0', production, 0))
    for (let n = 1; n <= 90; n += 1) await ended(`a${n}`, n)
    const left = async () => {
      const ids = (await records.rollouts.list({ limit: 100 })).map(({ rollout }) => rollout.id)
      return (await Promise.all(ids.map(hasJournal))).filter(Boolean).length
    }
    await records.rollouts.pruneJournals(production)
    expect(await left()).toBe(71)
    for (let round = 0; round < 3; round += 1) await records.rollouts.pruneJournals(production)
    expect(await left()).toBe(51)
    expect(await hasJournal('a0')).toBe(true)
  })
})

describe('releases', () => {
  const given = { app: 'shop', source: '/here', by: 'ann', at: 1, folderOf: (name: string) => `/${name}` }

  test('are numbered per app, and a number is never used again', async () => {
    const first = await records.releases.begin(given)
    await records.releases.finish(first, { state: 'failed' })
    const second = await records.releases.begin(given)
    const other = await records.releases.begin({ ...given, app: 'blog' })
    expect([first, second, other].map(({ release, folder: at }) => [release, at])).toEqual([
      ['r1', '/r1'],
      ['r2', '/r2'],
      ['r1', '/r1'],
    ])
  })

  test('that begin at once get a number each', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => records.releases.begin(given)))
    expect(new Set(all.map(({ release }) => release)).size).toBe(5)
  })

  test('come newest first, r10 before r9', async () => {
    for (let number = 1; number <= 10; number += 1) await records.releases.begin(given)
    const names = (await records.releases.list('shop')).map(({ release }) => release)
    expect(names.slice(0, 2)).toEqual(['r10', 'r9'])
  })

  test('that were being built when the agent ended have failed', async () => {
    const built = await records.releases.begin(given)
    await records.releases.finish(built, { state: 'built', digest: 'abc' })
    await records.releases.begin(given)
    await records.releases.failUnfinished()
    expect((await records.releases.list('shop')).map(({ state: is }) => is)).toEqual(['failed', 'built'])
  })
})

test('what was deployed keeps its configuration per environment, the newest deploy first', async () => {
  await records.environments.saveSpec({ ...specOf('r1'), env: { A: '1' } }, 1)
  await records.environments.saveSpec(specOf('r2'), 2)
  await records.environments.saveSpec(
    { ...specOf('r1', { environment: 'shop/staging' }), env: { A: '2' } },
    3,
  )
  expect((await records.environments.spec(production, 'r1'))!.env).toEqual({ A: '1' })
  expect(await records.environments.deployed(production)).toEqual(['r2', 'r1'])
  expect((await records.environments.deployedTo('shop', 'r1')).sort()).toEqual([production, 'shop/staging'])
  expect(await records.environments.spec(production, 'r9')).toBeNull()
})

test('the newest drill of an environment comes back whole, and its copy is no release that was deployed', async () => {
  const record: DrillRecord = {
    ...{ environment: production, at: 5, endedAt: 9, by: 'ann', release: 'r1' },
    results: [
      {
        ...{ fault: 'crash', rollout: 'ffff', outcome: 'caught', caughtBy: 'crash', message: 'gone' },
        ...{ detectedMs: 1, undoneMs: 2 },
      },
    ],
    users: { requests: 3, failed: 0, retried: 0, toCopy: 0 },
  }
  await records.drills.save(record)
  await records.drills.save({ ...record, at: 3 })
  await records.drills.save({ ...record, environment: 'shop/staging', at: 7 })
  await records.environments.saveSpec(specOf('drill-r1'), 1)
  expect(await records.drills.latest(production)).toEqual(record)
  expect(await records.drills.latest('shop/preview')).toBeNull()
  expect(await records.environments.deployed(production)).toEqual([])
})
