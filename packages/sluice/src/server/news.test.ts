import { afterEach, beforeEach, expect, test } from 'vitest'
import { canary } from '../runtime/world.fixture.ts'
import type { RolloutNewsLine } from './contract.ts'
import { type ControlWorld, openControlWorld } from './control.fixture.ts'
import { rolloutNews } from './news.ts'

let world: ControlWorld
beforeEach(async () => {
  world = await openControlWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

/** Reads a stream to its end, while the world goes on. */
function listen(id: string, after = 0, ended = new AbortController()) {
  const lines: RolloutNewsLine[] = []
  const done = (async () => {
    for await (const line of rolloutNews(world.control, id, after, true, ended.signal)) lines.push(line)
  })()
  let isDone = false
  void done.finally(() => {
    isDone = true
  })
  return { lines, ended, untilDone: () => world.clock.until(() => isDone).then(() => done) }
}

const titles = (lines: RolloutNewsLine[]) => lines.flatMap(({ facts }) => facts.map(({ title }) => title))

async function writtenFacts(id: string): Promise<string[]> {
  const entries = await world.control.records.rollouts.entries(id, 0)
  return entries.flatMap(({ facts }) => facts.map(({ title }) => title))
}

test('a rollout that is over is told from its journal, and the stream ends', async () => {
  const id = await world.deployed({ release: 'r1' })
  const { lines, untilDone } = listen(id)
  await untilDone()
  expect(titles(lines)).toEqual(await writtenFacts(id))
  expect(lines.at(-1)!.rollout.status).toBe('succeeded')
})

test('a rollout under way is told from its beginning to its end, each fact once', async () => {
  await world.deployed({ release: 'r1' })
  const id = await world.begin({ release: 'r2', spec: canary })
  await world.clock.pass(1_000)
  const { lines, untilDone } = listen(id)
  await untilDone()
  expect(titles(lines)).toEqual(await writtenFacts(id))
  const seqs = lines.filter(({ facts }) => facts.length > 0).map(({ seq }) => seq)
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
  expect(lines.at(-1)!.rollout.status).toBe('succeeded')
})

test('one who comes back is told only what is new', async () => {
  await world.deployed({ release: 'r1' })
  const id = await world.begin({ release: 'r2', spec: canary })
  const first = listen(id)
  await world.clock.pass(1_000)
  first.ended.abort()
  await first.untilDone()
  const second = listen(id, first.lines.at(-1)!.seq)
  await second.untilDone()
  expect([...titles(first.lines), ...titles(second.lines)]).toEqual(await writtenFacts(id))
})

test('one who goes away is not told any more, and nothing is kept for them', async () => {
  const id = await world.begin({ release: 'r1' })
  const { lines, ended, untilDone } = listen(id)
  await world.clock.settle()
  ended.abort()
  await untilDone()
  const told = lines.length
  await world.clock.until(() => world.control.keeper('shop/production').rollout === null)
  expect(lines.length).toBe(told)
})

test('what happens while the past is read is told as well, and once', async () => {
  await world.deployed({ release: 'r1' })
  const id = await world.begin({ release: 'r2', spec: canary })
  const { rollouts } = world.control.records
  const { entries } = rollouts
  // The rollout goes on by a second while the stream reads, twice.
  let reads = 0
  rollouts.entries = async (...given) => {
    const page = await entries(...given)
    reads += 1
    if (reads <= 2) await world.clock.pass(1_000)
    return page
  }
  const { lines, untilDone } = listen(id)
  await untilDone()
  rollouts.entries = entries
  expect(titles(lines)).toEqual(await writtenFacts(id))
})

test('a rollout that ends while its past is read is told to its end', async () => {
  await world.deployed({ release: 'r1' })
  const id = await world.begin({ release: 'r2', spec: canary })
  await world.clock.pass(1_000)
  const { rollouts } = world.control.records
  const { entries } = rollouts
  rollouts.entries = async (...given) => {
    const page = await entries(...given)
    await world.clock.until(() => world.control.keeper('shop/production').rollout === null)
    return page
  }
  const { lines, untilDone } = listen(id)
  await untilDone()
  rollouts.entries = entries
  expect(titles(lines)).toEqual(await writtenFacts(id))
})

test('a past of more than ten thousand events has no gap', async () => {
  const id = await world.deployed({ release: 'r1' })
  const fact = JSON.stringify([{ at: 1, mark: 'note', title: 'late', text: '' }])
  const rows = Array.from({ length: 12_000 }, (_, n) => ({
    ...{ rollout: id, seq: 1_000 + n, at: 1, eventJson: '{"kind":"started","at":1}', factsJson: '[]' },
  }))
  rows.at(-1)!.factsJson = fact
  await world.control.store.db.transaction().execute(async (db) => {
    for (let at = 0; at < rows.length; at += 1_000)
      await db
        .insertInto('journal')
        .values(rows.slice(at, at + 1_000))
        .execute()
  })
  const { lines, untilDone } = listen(id)
  await untilDone()
  expect(titles(lines)).toContain('late')
})

test('a rollout that nobody knows has no news', async () => {
  const { lines, untilDone } = listen('ffff')
  await untilDone()
  expect(lines).toEqual([])
})
