import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SluiceError } from '../errors.ts'
import type { Traffic } from '../routers/router.ts'
import type { Keeper } from './keeper.ts'
import { leaseMs } from './lease.ts'
import {
  type Agent,
  begin,
  blueGreen,
  by,
  canary,
  deployOf,
  openWorld,
  production,
  rollbackTo,
  settingsOf,
  specOf,
  temporaryFolder,
  type World,
} from './world.fixture.ts'

let world: World
let agent: Agent
let keeper: Keeper
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeEach(async () => {
  folder = await temporaryFolder()
  world = openWorld(folder.path)
  agent = await world.agent()
  keeper = await agent.keeper()
})

afterEach(async () => {
  await agent.kill()
  await folder[Symbol.asyncDispose]()
})

/** Deploys a release to its end. */
async function deployed(release: string, more: Partial<Parameters<typeof begin>[2]> = {}): Promise<void> {
  await begin(agent, keeper, { release, ...more })
  await world.clock.until(() => keeper.rollout === null)
}

async function reopened(options = {}): Promise<void> {
  await agent.kill()
  agent = await world.agent(options)
  keeper = await agent.keeper()
}

function served(environment = production): Traffic | null {
  return world.proxy.route(environment).traffic
}

function instances(release: string, environment = production): string[] {
  const kept = world.machine.place(environment).releases.get(release)
  return (kept?.instances ?? []).map(({ id }) => id)
}

function servingIds(): string[] {
  return served()!.releases.flatMap((one) =>
    one.instances.filter(({ state }) => state === 'serving').map(({ id }) => id),
  )
}

describe('a rollout', () => {
  test('leaves the candidate as stable, the old one warm, and says so durably', async () => {
    await deployed('r1')
    await deployed('r2', { spec: canary })
    const { state } = (await agent.records.environments.find(production))!
    expect(state).toEqual(keeper.state)
    expect(state).toMatchObject({
      stable: { release: 'r2', count: 2 },
      warm: [{ release: 'r1', count: 2 }],
      rollout: null,
      promoted: [
        { release: 'r1', leftAt: null },
        { release: 'r2', leftAt: null },
      ],
    })
    expect(served()!.weights).toEqual({ r2: 10_000 })
    expect(instances('r1')).toHaveLength(2)
  })

  test('that turned back leaves stable as it was, and nothing of the candidate', async () => {
    await deployed('r1')
    await deployed('r2', { conduct: 'crashing' })
    expect(keeper.state).toMatchObject({ stable: { release: 'r1' }, warm: [], rollout: null })
    expect(keeper.state.promoted.map(({ release }) => release)).toEqual(['r1'])
    expect(instances('r2')).toEqual([])
    expect(served()!.weights).toEqual({ r1: 10_000 })
  })

  test('lets the journals of the oldest go when it ends', async () => {
    await deployed('r1')
    const { rollout } = (await agent.records.rollouts.list({ limit: 1 }))[0]!
    for (let n = 1; n <= 50; n += 1) {
      const old = { ...rollout, id: `a${n}`, startedAt: rollout.startedAt - n }
      const entry = { seq: 1, at: n, event: { kind: 'started', at: n }, facts: [] } as const
      await agent.records.rollouts.begin(
        { rollout: old, beginning: old, ...by },
        { ...entry, facts: [] },
        keeper.state,
      )
    }
    await deployed('r2')
    const has = async (id: string) => (await agent.records.rollouts.entries(id, 0)).length > 0
    await expect.poll(() => has('a49'), { timeout: 10_000 }).toBe(false)
    expect(await has('a48')).toBe(true)
    expect(await has(rollout.id)).toBe(true)
  })

  test('is refused while another is under way', async () => {
    await begin(agent, keeper, { release: 'r1' })
    await expect(begin(agent, keeper, { release: 'r2' })).rejects.toMatchObject({ code: 'ROLLOUT_UNDER_WAY' })
  })

  test('is refused when another begins in the same moment', async () => {
    await agent.records.environments.saveSpec(specOf('r1'), 0)
    const wish = { release: 'r1', spec: blueGreen, count: 1, keepWarmMs: 0, hooks: [] }
    const both = await Promise.allSettled([
      keeper.begin(deployOf(keeper, wish), by),
      keeper.begin(deployOf(keeper, wish), by),
    ])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(await agent.records.rollouts.list({ limit: 10 })).toHaveLength(1)
  })

  test('goes on under a higher token after a restart, and ends', async () => {
    await deployed('r1')
    await begin(agent, keeper, { release: 'r2', spec: canary })
    await world.clock.until(() => served()!.weights.r2 === 1_000)
    const before = world.proxy.route(production).fence.token
    await reopened()
    expect(keeper.rollout).toMatchObject({ status: 'running', candidate: { release: 'r2' } })
    await world.clock.until(() => keeper.rollout === null)
    expect(keeper.state.stable).toEqual({ release: 'r2', count: 2 })
    expect(world.proxy.route(production).fence.token).toBeGreaterThan(before)
  })

  test('makes way for a newer one: undone to its end, then the new one begins', async () => {
    await deployed('r1')
    await begin(agent, keeper, { release: 'r2', spec: canary })
    await world.clock.until(() => served()!.weights.r2 === 1_000)
    await keeper.tell({ kind: 'aborted', at: world.clock.now(), by: 'bob', why: 'superseded' })
    let isIdle = false
    void keeper.idle().then(() => {
      isIdle = true
    })
    await world.clock.until(() => isIdle)
    await deployed('r3')
    const ends = (await agent.records.rollouts.list({ limit: 10 })).map(({ rollout }) => rollout)
    expect(ends.map(({ status }) => status).sort()).toEqual(['rolled-back', 'succeeded', 'succeeded'])
    expect(ends.find(({ candidate }) => candidate.release === 'r2')?.reason?.kind).toBe('superseded')
    expect(keeper.state.stable?.release).toBe('r3')
  })

  test('does not wait for the time to come again when the machine was set back between two agents', async () => {
    await deployed('r1')
    await begin(agent, keeper, { release: 'r2', spec: canary })
    await world.clock.until(() => served()!.weights.r2 === 1_000)
    const { rollout } = (await agent.records.rollouts.find(keeper.rollout!.id))!
    const ahead = { ...rollout, now: rollout.now + 3_600_000, stepSince: rollout.stepSince + 3_600_000 }
    const entry = {
      seq: 10_000,
      at: ahead.now,
      event: { kind: 'started', at: ahead.now },
      facts: [],
    } as const
    await agent.records.rollouts.append(ahead, { ...entry, facts: [] }, null)
    await reopened()
    const since = world.clock.now()
    await world.clock.until(() => keeper.rollout === null)
    expect(world.clock.now() - since).toBeLessThan(60_000)
  })

  test('whose environment cannot be written down leaves no lease behind', async () => {
    const wish = { release: 'r1', spec: blueGreen, count: 1, keepWarmMs: 0, hooks: [] }
    const twice = deployOf(keeper, wish)
    await agent.records.environments.saveSpec(specOf('r1'), 0)
    await keeper.begin(twice, by)
    await world.clock.until(() => keeper.rollout === null)
    await expect(keeper.begin(twice, by)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    const { expiresAt } = await agent.store.db.selectFrom('leases').selectAll().executeTakeFirstOrThrow()
    expect(expiresAt).toBe(0)
    await deployed('r2')
  })
})

describe('trouble', () => {
  test('of the journal leaves traffic alone, and the rollout goes on when it can be written again', async () => {
    await deployed('r1')
    await begin(agent, keeper, { release: 'r2', spec: canary })
    await world.clock.until(() => served()!.weights.r2 === 1_000)
    await agent.store.db.schema.alterTable('journal').renameTo('elsewhere').execute()
    await world.clock.until(() => world.troubles.length > 0)
    const told = world.proxy.told.length
    await expect(
      keeper.tell({ kind: 'aborted', at: world.clock.now(), by: 'ann', why: '' }),
    ).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await world.clock.pass(20_000)
    expect(world.proxy.told.length).toBe(told)
    await agent.store.db.schema.alterTable('elsewhere').renameTo('journal').execute()
    await world.clock.until(() => keeper.rollout === null)
    expect(keeper.state.stable?.release).toBe('r2')
  })

  test('of the lease stops the driving until the other one has gone', async () => {
    await deployed('r1')
    const { rollout } = await begin(agent, keeper, { release: 'r2', spec: { ...blueGreen, bakeMs: 60_000 } })
    await world.clock.until(() => served()!.weights.r2 === 10_000)
    await agent.store.db
      .updateTable('leases')
      .set({ holder: 'other', token: 1_000, expiresAt: world.clock.now() + 10 * leaseMs })
      .execute()
    await world.clock.until(() => world.troubles.length > 0)
    expect(world.troubles[0]).toMatchObject({ code: 'LEASE_LOST' })
    const stoppedAt = (await agent.records.rollouts.find(rollout.id))!.seq
    await world.clock.pass(5 * leaseMs)
    expect((await agent.records.rollouts.find(rollout.id))!.seq).toBe(stoppedAt)
    await world.clock.until(() => keeper.rollout === null)
    expect(keeper.state.stable?.release).toBe('r2')
    const lease = await agent.store.db.selectFrom('leases').selectAll().executeTakeFirstOrThrow()
    expect(lease).toMatchObject({ holder: 'agent', token: 1_001 })
  })

  test('of a target that never answers turns the rollout back', async () => {
    await deployed('r1')
    world.machine.isMute = true
    await begin(agent, keeper, { release: 'r2' })
    await world.clock.until(() => keeper.rollout?.status === 'undoing')
    expect(keeper.rollout!.reason).toMatchObject({ kind: 'outside' })
    world.machine.isMute = false
    await world.clock.until(() => keeper.rollout === null)
    expect(keeper.state.stable?.release).toBe('r1')
  })
})

describe('instances that come and go', () => {
  test('reach the router without a rollout', async () => {
    await deployed('r1')
    const before = servingIds()
    world.machine.kill(production, 'r1')
    await world.clock.until(() => servingIds().length === 2 && servingIds().join() !== before.join())
    expect(servingIds()).toEqual(instances('r1'))
  })

  test('reach it later when it could not be reached at first', async () => {
    await deployed('r1')
    world.proxy.refusal = new SluiceError('PROXY_UNREACHABLE', 'gone')
    world.machine.kill(production, 'r1')
    await world.clock.pass(3_000)
    world.proxy.refusal = null
    await world.clock.until(() => servingIds().join() === instances('r1').join(), 5_000)
  })

  test('are told again to a router that has lost them', async () => {
    await deployed('r1')
    world.proxy.route(production).traffic = null
    await world.clock.until(() => served() !== null, 120_000)
    expect(servingIds()).toEqual(instances('r1'))
  })

  test('reach it after a restart as well', async () => {
    await deployed('r1')
    await reopened()
    world.machine.kill(production, 'r1')
    await world.clock.until(() => servingIds().join() === instances('r1').join(), 5_000)
  })

  test('of one environment do not touch another', async () => {
    await deployed('r1')
    const staging = await agent.keeper('shop/staging')
    await begin(agent, staging, { release: 'r1' })
    await world.clock.until(() => staging.rollout === null)
    const epoch = keeper.state.weightEpoch
    const told = () => world.proxy.told.filter(({ environment }) => environment === production).length
    const before = told()
    await begin(agent, staging, { release: 'r2', spec: canary })
    await world.clock.until(() => staging.rollout === null)
    expect(told()).toBe(before)
    expect(keeper.state.weightEpoch).toBe(epoch)
    expect(served()!.weights).toEqual({ r1: 10_000 })
    expect(served('shop/staging')!.weights).toEqual({ r2: 10_000 })
  })
})

describe('a warm release', () => {
  beforeEach(async () => {
    await deployed('r1')
    await deployed('r2', { keepWarmMs: 60_000 })
  })

  test('is ended at its time, once nothing is in flight in it', async () => {
    const [first] = instances('r1')
    world.proxy.inFlight[first!] = { requests: 1, tunnels: 0 }
    const { retireAt } = keeper.state.warm[0]!
    await world.clock.until(() => world.clock.now() >= retireAt - 1)
    expect(instances('r1')).toHaveLength(2)
    await world.clock.pass(2_000)
    expect(served()!.releases.find(({ release }) => release === 'r1')!.instances[0]!.state).toBe('draining')
    expect(instances('r1')).toHaveLength(2)
    world.proxy.inFlight[first!] = { requests: 0, tunnels: 0 }
    await world.clock.until(() => keeper.state.warm.length === 0)
    expect(instances('r1')).toEqual([])
    expect(served()).toMatchObject({ weights: { r2: 10_000 }, releases: [{ release: 'r2' }] })
  })

  test('is cut when its requests do not end', async () => {
    world.proxy.inFlight[instances('r1')[0]!] = { requests: 1, tunnels: 0 }
    const { retireAt } = keeper.state.warm[0]!
    await world.clock.until(() => instances('r1').length === 0)
    expect(world.clock.now() - retireAt).toBeGreaterThanOrEqual(5_000)
    expect(world.proxy.told.some(({ releases }) => releases.some(isCut))).toBe(true)
  })

  test('is ended once and asked for again only after a pause when the target refuses', async () => {
    world.machine.refusal = new SluiceError('START_FAILED', 'not now')
    await world.clock.until(() => world.troubles.length === 3)
    const since = world.clock.now()
    await world.clock.until(() => world.troubles.length === 4)
    expect(world.clock.now() - since).toBeGreaterThanOrEqual(5_000)
    world.machine.refusal = null
    await world.clock.until(() => keeper.state.warm.length === 0)
  })

  test('is ended after a restart that missed its time', async () => {
    const { retireAt } = keeper.state.warm[0]!
    await agent.kill()
    await world.clock.pass(retireAt - world.clock.now() + 1_000)
    agent = await world.agent()
    keeper = await agent.keeper()
    await world.clock.until(() => instances('r1').length === 0, 10_000)
  })

  test('takes all traffic back at once', async () => {
    const before = instances('r1')
    const since = world.clock.now()
    await keeper.begin(rollbackTo(keeper, 'r1', true), by)
    await world.clock.until(() => served()!.weights.r1 === 10_000)
    expect(world.clock.now() - since).toBeLessThan(300)
    await world.clock.until(() => keeper.rollout === null)
    expect(instances('r1')).toEqual(before)
    expect(instances('r2')).toEqual([])
    expect(keeper.state.promoted.map(({ release, leftAt }) => [release, leftAt !== null])).toEqual([
      ['r1', false],
      ['r2', true],
      ['r1', false],
    ])
  })

  test('that is being ended gives way to a rollout, which keeps its lease', async () => {
    world.proxy.inFlight[instances('r1')[0]!] = { requests: 1, tunnels: 0 }
    const { retireAt } = keeper.state.warm[0]!
    await world.clock.until(() => world.clock.now() >= retireAt + 1_000)
    const begun = begin(agent, keeper, { release: 'r3' })
    await world.clock.until(() => keeper.rollout !== null, 1_000)
    await begun
    await world.clock.pass(1_000)
    const { expiresAt } = await agent.store.db.selectFrom('leases').selectAll().executeTakeFirstOrThrow()
    expect(expiresAt).toBeGreaterThan(world.clock.now())
    await world.clock.until(() => keeper.rollout === null)
    expect(instances('r1')).toEqual([])
    expect(keeper.state).toMatchObject({ stable: { release: 'r3' }, warm: [{ release: 'r2' }] })
  })

  test('outlives a rollout that turned back before it had ended it', async () => {
    world.proxy.inFlight[instances('r1')[0]!] = { requests: 1, tunnels: 0 }
    await begin(agent, keeper, { release: 'r3' })
    await world.clock.pass(500)
    await keeper.tell({ kind: 'aborted', at: world.clock.now(), by: 'ann', why: '' })
    await world.clock.until(() => keeper.rollout === null)
    expect(keeper.state.warm).toMatchObject([{ release: 'r1', count: 2 }])
    await world.clock.until(() => instances('r1').length === 0)
  })
})

describe('an environment that is taken down', () => {
  beforeEach(() => deployed('r1'))

  test('finishes its requests first, then has nothing left, and is served no more', async () => {
    const [first] = instances('r1')
    world.proxy.inFlight[first!] = { requests: 1, tunnels: 0 }
    const down = keeper.takeDown()
    await world.clock.pass(1_000)
    expect(instances('r1')).toHaveLength(2)
    expect(servingIds()).toEqual([])
    world.proxy.inFlight[first!] = { requests: 0, tunnels: 0 }
    await world.clock.until(() => !keeper.state.isUp && served() === null)
    await down
    expect(instances('r1')).toEqual([])
    expect(await keeper.wantedAfterRestart()).toEqual({})
  })

  test('comes up again with what was stable', async () => {
    const down = keeper.takeDown()
    await world.clock.until(() => served() === null)
    await down
    const up = keeper.bringUp()
    await world.clock.until(() => served() !== null && servingIds().length === 2)
    await up
    expect(await keeper.wantedAfterRestart()).toEqual({ r1: 2 })
    await deployed('r2')
    expect(keeper.state.stable?.release).toBe('r2')
  })

  test('is brought up once for all who ask at the same time, and for who asks later', async () => {
    const down = keeper.takeDown()
    await world.clock.until(() => served() === null)
    await down
    const first = keeper.bringUp()
    await world.clock.until(() => instances('r1').length === 2)
    const second = keeper.bringUp()
    await world.clock.until(() => served() !== null && servingIds().length === 2)
    await Promise.all([first, second])
    await keeper.bringUp()
    expect(instances('r1')).toHaveLength(2)
  })

  test('gets no traffic when it comes up before something is ready', async () => {
    const down = keeper.takeDown()
    await world.clock.until(() => served() === null)
    await down
    const up = keeper.bringUp()
    await world.clock.until(() => instances('r1').length === 2)
    expect(served()).toBeNull()
    await world.clock.until(() => served() !== null && servingIds().length === 2)
    await up
  })

  test('stays down over a restart', async () => {
    const down = keeper.takeDown()
    await world.clock.until(() => served() === null)
    await down
    await reopened()
    await world.clock.pass(120_000)
    expect(served()).toBeNull()
    expect(keeper.state.isUp).toBe(false)
    expect(world.troubles).toEqual([])
  })

  test('lets nobody in between', async () => {
    world.proxy.inFlight[instances('r1')[0]!] = { requests: 1, tunnels: 0 }
    const down = keeper.takeDown()
    await world.clock.pass(500)
    await expect(begin(agent, keeper, { release: 'r2' })).rejects.toThrow('it is being taken down')
    await expect(keeper.takeDown()).rejects.toMatchObject({ code: 'ROLLOUT_UNDER_WAY' })
    await world.clock.until(() => served() === null)
    await down
  })

  test('is refused while a rollout is under way', async () => {
    await begin(agent, keeper, { release: 'r2' })
    await expect(keeper.takeDown()).rejects.toMatchObject({ code: 'ROLLOUT_UNDER_WAY' })
  })
})

test('a person who speaks to no rollout is told so', async () => {
  const word = keeper.tell({ kind: 'aborted', at: 0, by: 'ann', why: '' })
  await expect(word).rejects.toMatchObject({ code: 'NO_ROLLOUT' })
})

test('a closed keeper tells the router nothing more, and begins nothing', async () => {
  await deployed('r1')
  await keeper.close()
  const told = world.proxy.told.length
  world.machine.kill(production, 'r1')
  await world.clock.pass(120_000)
  expect(world.proxy.told.length).toBe(told)
  expect(world.troubles).toEqual([])
  await expect(begin(agent, keeper, { release: 'r2' })).rejects.toMatchObject({ code: 'LEASE_LOST' })
})

test('what a deploy says of an environment is kept with where it stands', async () => {
  await deployed('r1')
  await keeper.settle({ ...settingsOf(), keepReleases: 9 })
  const found = (await agent.records.environments.find(production))!
  expect(found.settings.keepReleases).toBe(9)
  expect(found.state).toEqual(keeper.state)
})

function isCut({ instances: all }: Traffic['releases'][number]): boolean {
  return all.some(({ state }) => state === 'closing')
}
