import { describe, expect, test } from 'vitest'
import type { Effect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { Fact } from '../core/narrate.ts'
import { newRollout } from '../core/new-rollout.ts'
import type { Rollout } from '../core/rollout.ts'
import { step } from '../core/step.ts'
import { compile, type StrategySpec } from '../core/strategies/index.ts'
import { SluiceError } from '../errors.ts'
import { type Drive, drive } from './drive.ts'
import type { Records } from './records.ts'
import {
  type Agent,
  begin,
  blueGreen,
  canary,
  openWorld,
  production,
  temporaryFolder,
  type World,
} from './world.fixture.ts'

describe('the driver', () => {
  test('has an event on the disk before any of its effects is performed', async () => {
    const gate = Promise.withResolvers<void>()
    const performed: string[] = []
    const rollout = begun()
    const driven = drive({
      rollout,
      seq: 1,
      token: 1,
      perform: async (effect) => {
        performed.push(effect.kind)
        return effect.id === 1 ? nothingSeen(effect.id) : new Promise<never>(() => {})
      },
      append: () => gate.promise,
    })
    await turns()
    expect(performed).toEqual(['observe', 'measure'])
    gate.resolve()
    await turns()
    expect(performed).toContain('scale')
    driven.stop()
  })

  test('gives every effect the token and its own number', async () => {
    const fences: unknown[] = []
    const rollout = begun()
    const driven = drive({
      rollout,
      seq: 1,
      token: 7,
      perform: (effect, fence) => {
        fences.push([effect.id, fence])
        return new Promise<never>(() => {})
      },
      append: async () => {},
    })
    expect(fences).toEqual([
      [1, { token: 7, effect: 1 }],
      [2, { token: 7, effect: 2 }],
    ])
    driven.stop()
  })

  test('changes nothing by answers that come after it was stopped', async () => {
    const { driven, answer, journal } = driveByHand()
    driven.stop()
    answer('observe', nothingSeen)
    await turns()
    expect(journal).toEqual([])
    expect(driven.rollout.seen).toBeNull()
    await expect(driven.tell(aborted)).rejects.toMatchObject({ code: 'LEASE_LOST' })
  })

  test('stops when the journal fails: performs nothing more, and says why to whoever asks', async () => {
    const full = new SluiceError('STORE_FULL', 'the disk is full')
    const { driven, answer, performed } = driveByHand(async () => {
      throw full
    })
    const before = performed.length
    answer('observe', nothingSeen)
    await expect(driven.done).rejects.toBe(full)
    await expect(driven.tell(aborted)).rejects.toBe(full)
    expect(performed.length).toBe(before)
    expect(driven.rollout.seen).toBeNull()
  })

  test('does not tell a person that a word was heard which is not on the disk', async () => {
    const { driven } = driveByHand(async () => {
      throw new SluiceError('STORE_FAILED', 'broken')
    })
    await expect(driven.tell(aborted)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(driven.rollout.abort).toBeNull()
  })

  test('takes events one after another, each on top of the state before', async () => {
    const { driven, answer, journal } = driveByHand()
    const words = [driven.tell({ kind: 'paused', at: 0, by: 'ann' }), driven.tell(aborted)]
    answer('observe', nothingSeen)
    await Promise.all(words)
    await turns()
    expect(journal.map(({ seq, event }) => [seq, event.kind])).toEqual([
      [2, 'paused'],
      [3, 'aborted'],
      [4, 'observed'],
    ])
    expect(journal.at(-1)!.after).toMatchObject({ status: 'undoing', abort: { by: 'ann' } })
    driven.stop()
  })

  test('writes down no answer that nobody waits for', async () => {
    const { driven, journal } = driveByHand()
    const after = await driven.tell({ kind: 'scaled', at: 0, effect: 99 })
    expect(after).toBe(driven.rollout)
    expect(journal).toEqual([])
    driven.stop()
  })

  test('keeps the reasons beside the events', async () => {
    const { driven, journal } = driveByHand()
    await driven.tell(aborted)
    expect(journal[0]!.facts.map(({ title, text }) => `${title} ${text}`).join()).toContain('ann')
    driven.stop()
  })
})

describe.each([
  ['blue-green', blueGreen],
  ['canary', canary],
])('a %s rollout whose agent is killed', (_, spec: StrategySpec) => {
  test('after each of its records ends as if nobody had been killed', async () => {
    const whole = await untouched(spec)
    expect(whole.records).toBeGreaterThan(12)
    for (let cut = 2; cut < whole.records; cut += 1) {
      const found = await killedAt(spec, cut, 'after')
      expect({ cut, ...found }).toEqual({ cut, ...whole.end })
    }
  })

  test('before each of its records ends as if nobody had been killed', async () => {
    const whole = await untouched(spec)
    for (let cut = 2; cut < whole.records; cut += 3) {
      const found = await killedAt(spec, cut, 'before')
      expect({ cut, ...found }).toEqual({ cut, ...whole.end })
    }
  })
})

/** What should be the same however often an agent was killed. */
interface End {
  status: string
  stable: unknown
  warm: string[]
  weights: unknown
  instances: Record<string, number>
  replays: boolean
}

interface Ended {
  end: End
  records: number
}

async function untouched(spec: StrategySpec): Promise<Ended> {
  await using folder = await temporaryFolder()
  const world = openWorld(folder.path)
  const agent = await world.agent()
  const id = await beginSecond(world, agent, spec)
  return endOf(world, agent, id)
}

/** The agent dies beside record `cut`; the next one goes on with what is on the disk. */
async function killedAt(spec: StrategySpec, cut: number, side: 'before' | 'after'): Promise<End> {
  await using folder = await temporaryFolder()
  const world = openWorld(folder.path)
  let isDead = false
  const dying = await world.agent({
    records: (records) =>
      dieAt(records, cut, side, () => {
        isDead = true
      }),
  })
  const id = await beginSecond(world, dying, spec)
  await world.clock.until(() => isDead)
  await dying.kill()
  const next = await world.agent()
  const written = (await next.records.rollouts.find(id))!.seq
  expect(written).toBe(side === 'after' ? cut : cut - 1)
  const { end } = await endOf(world, next, id)
  return end
}

async function beginSecond(world: World, agent: Agent, spec: StrategySpec): Promise<string> {
  const keeper = await agent.keeper()
  await begin(agent, keeper, { release: 'r1' })
  await world.clock.until(() => keeper.rollout === null)
  const { rollout } = await begin(agent, keeper, { release: 'r2', spec })
  return rollout.id
}

async function endOf(world: World, agent: Agent, id: string): Promise<Ended> {
  const keeper = await agent.keeper()
  await world.clock.until(() => keeper.rollout === null)
  const { rollout, beginning } = (await agent.records.rollouts.find(id))!
  const entries = await agent.records.rollouts.entries(id, 0)
  const folded = entries.reduce((state, { event }) => step(state, event)[0], beginning)
  const { releases } = world.machine.place(production)
  const { stable, warm } = (await agent.records.environments.find(production))!.state
  await agent.kill()
  const end = {
    status: rollout.status,
    stable,
    warm: warm.map(({ release }) => release),
    weights: world.proxy.route(production).traffic!.weights,
    instances: Object.fromEntries([...releases].map(([release, kept]) => [release, kept.instances.length])),
    replays: JSON.stringify(folded) === JSON.stringify(rollout),
  }
  return { end, records: entries.length }
}

// Nothing is written after the cut, and no answer comes back: for what was performed, the process is gone.
function dieAt(records: Records, cut: number, side: 'before' | 'after', die: () => void): Records {
  const { append } = records.rollouts
  const dying: Records['rollouts']['append'] = async (rollout, entry, ended) => {
    const isSecond = rollout.candidate.release === 'r2'
    if (isSecond && entry.seq >= cut) {
      if (side === 'after' && entry.seq === cut) await append(rollout, entry, ended)
      die()
      await new Promise(() => {})
    }
    await append(rollout, entry, ended)
  }
  return { ...records, rollouts: { ...records.rollouts, append: dying } }
}

const aborted: Event = { kind: 'aborted', at: 0, by: 'ann', why: '' }

function nothingSeen(effect: number): Event {
  return { kind: 'observed', at: 0, effect, releases: {}, router: null as never }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

/** A first release's rollout, after its first event. */
function begun(): Rollout {
  const candidate = { release: 'r1', count: 1 }
  const request = {
    stable: null,
    candidate,
    traffic: 'weighted' as const,
    warm: [],
    hooks: [],
    drainMs: 0,
    keepWarmMs: 0,
    holdback: null,
  }
  const rollout = newRollout({
    ...{ id: 'one', kind: 'deploy', environment: production, strategy: 'blue-green', stable: null },
    ...{ candidate, steps: compile(blueGreen, request), isExclusive: false, keepWarmMs: 0, drainMs: 0 },
    ...{ hasOnFailure: false, isWarm: false, trial: null, at: 0, weights: {}, weightEpoch: 0, nextEffect: 1 },
  })
  return step(rollout, { kind: 'started', at: 0 })[0]
}

/** A driver whose effects are answered by the test. */
function driveByHand(append?: () => Promise<void>) {
  const journal: { seq: number; event: Event; after: Rollout; facts: Fact[] }[] = []
  const performed: { effect: Effect; answer: (event: Event) => void }[] = []
  const driven: Drive = drive({
    rollout: begun(),
    seq: 1,
    token: 1,
    perform: (effect) => new Promise((answer) => performed.push({ effect, answer })),
    append: async (after, seq, event, facts) => {
      await append?.()
      journal.push({ seq, event, after, facts })
    },
  })
  const answer = (kind: Effect['kind'], make: (effect: number) => Event) => {
    const waiting = performed.find(({ effect }) => effect.kind === kind)!
    waiting.answer(make(waiting.effect.id))
  }
  return { driven, journal, performed, answer }
}
