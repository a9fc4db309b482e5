import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SluiceError } from '../errors.ts'
import { openRecords } from './records.ts'
import { migrations } from './schema.ts'
import { openStore, type Store } from './store.ts'
import { begin, openWorld, production, temporaryFolder } from './world.fixture.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: Store

beforeEach(async () => {
  folder = await temporaryFolder()
  store = await openStore(folder.path)
})

afterEach(async () => {
  await store.close()
  await folder[Symbol.asyncDispose]()
})

const ballast = () =>
  stat(join(folder.path, 'ballast')).then(
    ({ size }) => size,
    () => 0,
  )

/** SQLite itself refuses to grow the file beyond what it has: a full disk, without filling one. */
async function fill(): Promise<void> {
  const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(store.db)
  await sql.raw(`PRAGMA max_page_count = ${rows[0]!.page_count}`).execute(store.db)
}

async function makeRoom(): Promise<void> {
  await sql.raw('PRAGMA max_page_count = 1000000').execute(store.db)
}

const long = 'x'.repeat(20_000)
const entry = (what: string) => ({ at: 1, by: 'ann', environment: null, what, data: { long } })

describe('the state', () => {
  test('is there again when it is opened a second time', async () => {
    await openRecords(store).audit(entry('first'))
    await store.close()
    store = await openStore(folder.path)
    expect(await store.db.selectFrom('audit').select('what').execute()).toEqual([{ what: 'first' }])
  })

  test('can be read by another process while this one writes', async () => {
    const other = await openStore(folder.path)
    await openRecords(store).audit(entry('first'))
    expect(await other.db.selectFrom('audit').select('what').execute()).toEqual([{ what: 'first' }])
    await openRecords(other).audit(entry('second'))
    expect(await store.db.selectFrom('audit').select('what').execute()).toHaveLength(2)
    await other.close()
  })

  test('is on the disk with every commit', async () => {
    const mode = await sql<{ journal_mode: string }>`PRAGMA journal_mode`.execute(store.db)
    const flush = await sql<{ synchronous: number }>`PRAGMA synchronous`.execute(store.db)
    expect([mode.rows[0]!.journal_mode, flush.rows[0]!.synchronous]).toEqual(['wal', 2])
  })

  test('of a newer version is refused, and left as it is', async () => {
    await store.db.updateTable('meta').set({ value: '99' }).execute()
    const opening = openStore(folder.path)
    await expect(opening).rejects.toMatchObject({ code: 'STATE_TOO_NEW', exitCode: 3 })
    await expect(opening).rejects.toThrow(folder.path)
    expect(await store.db.selectFrom('meta').select('value').execute()).toEqual([{ value: '99' }])
  })

  test('that is no database is said to be none', async () => {
    const home = join(folder.path, 'other')
    await mkdir(home)
    await writeFile(join(home, 'sluice.db'), 'this is a letter to my aunt'.repeat(100))
    await expect(openStore(home)).rejects.toMatchObject({ code: 'STORE_FAILED', kind: 'outside' })
    expect(await readFile(join(home, 'sluice.db'), 'utf8')).toMatch(/^this is a letter/)
  })

  test('that cannot be put where it should be is said so', async () => {
    const file = join(folder.path, 'file')
    await writeFile(file, '')
    await expect(openStore(join(file, 'home'))).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })
})

describe('a full disk', () => {
  test('costs the ballast, and then what was to be written is written', async () => {
    await fill()
    expect(await ballast()).toBe(4 * 1024 * 1024)
    const { data, ...row } = entry('now')
    await store.write(async () => {
      if ((await ballast()) === 0) await makeRoom()
      await store.db
        .insertInto('audit')
        .values({ ...row, dataJson: JSON.stringify(data) })
        .execute()
    })
    expect(await ballast()).toBe(0)
    expect(store.isFull()).toBe(true)
    expect(await store.db.selectFrom('audit').select('what').execute()).toEqual([{ what: 'now' }])
  })

  test('that is full without the ballast too is said so, and nothing is half written', async () => {
    const world = openWorld(join(folder.path, 'agent'))
    const agent = await world.agent()
    const keeper = await agent.keeper()
    await store.close()
    store = agent.store
    await fill()
    await expect(begin(agent, keeper, { release: 'r'.repeat(20_000) })).rejects.toMatchObject({
      code: 'STORE_FULL',
      exitCode: 4,
    })
    await makeRoom()
    for (const table of ['rollouts', 'journal'] as const)
      expect(await store.db.selectFrom(table).selectAll().execute()).toEqual([])
    expect((await agent.records.environments.find(production))!.state.rollout).toBeNull()
    for (const one of agent.keepers.values()) await one.close()
  })

  test('gets its ballast back once there is room', async () => {
    await fill()
    await openRecords(store)
      .audit(entry('lost'))
      .catch(() => {})
    expect(store.isFull()).toBe(true)
    await makeRoom()
    await store.recover()
    expect([await ballast(), store.isFull()]).toEqual([4 * 1024 * 1024, false])
  })

  test('is not forgotten while there is no room for the ballast', async () => {
    await fill()
    await openRecords(store)
      .audit(entry('lost'))
      .catch(() => {})
    await mkdir(join(folder.path, 'ballast'))
    await store.recover().catch(() => {})
    expect(store.isFull()).toBe(true)
    await rm(join(folder.path, 'ballast'), { recursive: true })
  })

  test('that has only half a ballast gets the other half when it is opened', async () => {
    await rm(join(folder.path, 'ballast'))
    await writeFile(join(folder.path, 'ballast'), 'half of it')
    await store.close()
    store = await openStore(folder.path)
    expect(await ballast()).toBe(4 * 1024 * 1024)
  })
})

test('what made SQLite end a transaction by itself is what is told', async () => {
  const failing = store.write(() =>
    store.db.transaction().execute(async (db) => {
      await db.updateTable('meta').set({ value: '7' }).execute()
      await sql`insert or rollback into meta (key, value) values ('schema', '8')`.execute(db)
    }),
  )
  await expect(failing).rejects.toThrow('UNIQUE constraint failed')
  expect(await store.db.selectFrom('meta').select('value').execute()).toEqual([
    { value: String(migrations.length) },
  ])
})

test('what fails for another reason is no full disk', async () => {
  const failing = store.write(async () => {
    throw new Error('a table is missing')
  })
  await expect(failing).rejects.toBeInstanceOf(SluiceError)
  await expect(failing).rejects.toMatchObject({ code: 'STORE_FAILED' })
  expect([store.isFull(), await ballast()]).toEqual([false, 4 * 1024 * 1024])
})
