import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../fleet/clock.ts'
import { ContainerWatch } from './container-watch.ts'
import type { ContainerFacts, Engine } from './engine.ts'

/** A second is too short for a busy machine. */
const soon = { timeout: 10_000 }

/** As much of an engine as a watch asks: one container, and events that can be held back, cut off or refused. */
class FakeEngine {
  health = 'starting'
  isAway = false
  looks = 0
  readonly connections: PassThrough[] = []
  readonly answers: PromiseWithResolvers<void>[] = []
  isSlow = false

  async events(): Promise<PassThrough> {
    if (this.isAway) throw new Error('away')
    const connection = new PassThrough()
    this.connections.push(connection)
    return connection
  }

  async container(id: string): Promise<ContainerFacts | null> {
    if (this.isAway) throw new Error('away')
    this.looks += 1
    const { health } = this
    const answer = Promise.withResolvers<void>()
    if (!this.isSlow) answer.resolve()
    this.answers.push(answer)
    await answer.promise
    return { id, health, isRunning: true } as ContainerFacts
  }

  tell(id: string): void {
    this.connections.at(-1)!.write(`${JSON.stringify({ Actor: { ID: id } })}\n`)
  }
}

let engine: FakeEngine
let closing: AbortController
let seen: (string | null)[]
beforeEach(() => {
  engine = new FakeEngine()
  closing = new AbortController()
  seen = []
})
afterEach(() => closing.abort())

function watch(): void {
  const watching = new ContainerWatch(engine as unknown as Engine, 'ours', {
    clock: systemClock,
    closed: closing.signal,
  })
  watching.watch('a', (facts) => seen.push(facts?.health ?? null))
}

it('tells how a container is, and how it is when something has happened to it', async () => {
  watch()
  await expect.poll(() => seen, soon).toContain('starting')
  engine.health = 'healthy'
  engine.tell('somebody else')
  engine.tell('a')
  await expect.poll(() => seen.at(-1), soon).toBe('healthy')
})

it('never tells an older state after a newer one, however slow the answers are', async () => {
  watch()
  await expect.poll(() => seen, soon).toContain('starting')
  engine.isSlow = true
  engine.tell('a')
  const looks = engine.looks
  await expect.poll(() => engine.looks, soon).toBe(looks + 1)
  engine.health = 'healthy'
  engine.tell('a')
  engine.tell('a')
  for (const answer of engine.answers) answer.resolve()
  await expect.poll(() => engine.looks, soon).toBe(looks + 2)
  engine.answers.at(-1)!.resolve()
  await expect.poll(() => seen.at(-1), soon).toBe('healthy')
})

it('looks again once it can be heard of again, and tells nothing meanwhile', async () => {
  watch()
  await expect.poll(() => engine.connections.length, soon).toBe(1)
  await expect.poll(() => seen.length, soon).toBeGreaterThan(0)
  engine.isAway = true
  engine.health = 'healthy'
  engine.connections[0]!.end()
  await expect.poll(() => engine.connections[0]!.readableEnded, soon).toBe(true)
  expect(seen).not.toContain('healthy')
  expect(seen).not.toContain(null)
  engine.isAway = false
  await expect.poll(() => seen.at(-1), { timeout: 3_000 }).toBe('healthy')
})
