import { afterEach, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../lab/engine.ts'
import { nodeImage } from '../lab/images.ts'
import { all, type DockerWorld, environment, good, missing, openDockerWorld } from './docker-world.ts'

let world: DockerWorld
let own: Engine | undefined
afterEach(async () => {
  own?.resume()
  await world.close()
  await own?.close()
  own = undefined
})

describe.skipIf(missing !== null)('what somebody does to a container by hand', () => {
  it.each([
    // Which of the two is seen depends on who is faster.
    [['rm', '-f'], /was removed by something else|was ended by SIGKILL/],
    [['kill'], /was ended by SIGKILL, which Sluice did not send/],
  ])('is noticed and made good: docker %j', async (how, message) => {
    world = await openDockerWorld()
    const one = await world.oneReady(await world.spec(good))
    await world.engine.docker([...how, idOf(one.handle)])
    const { facts, instances } = await world.until(
      ({ instances: [now] }) => now?.state === 'ready' && now.id !== one.id,
    )
    expect(facts.map((fact) => fact.message).join()).toMatch(message)
    expect(instances.map(({ id }) => id)).toEqual(['r1-0-2'])
  })

  it('takes its traffic away while it is paused, and gives it back', async () => {
    world = await openDockerWorld()
    const readiness = { path: '/readyz', periodMs: 50, timeoutMs: 1_000, failures: 2 }
    const one = await world.oneReady(await world.spec(good, {}, { readiness }))
    await world.engine.docker(['pause', idOf(one.handle)])
    await world.until(all('unready', 1))
    await world.engine.docker(['unpause', idOf(one.handle)])
    const { instances } = await world.until(all('ready', 1))
    expect(instances[0]!.id).toBe(one.id)
  })

  it('replaces one that stays paused for longer than its liveness allows', async () => {
    world = await openDockerWorld()
    const liveness = { path: '/livez', periodMs: 100, timeoutMs: 1_000, failures: 3 }
    const one = await world.oneReady(await world.spec(good, {}, { liveness }))
    await world.engine.docker(['pause', idOf(one.handle)])
    const { facts } = await world.until(({ instances: [now] }) => now?.state === 'ready' && now.id !== one.id)
    expect(facts.map(({ kind }) => kind)).toContain('notAlive')
    await expect.poll(() => running(world.engine), { timeout: 20_000 }).toHaveLength(1)
  })
})

describe.skipIf(missing !== null)('an engine that is started again', () => {
  it('finds its containers where it was told to leave them, and so do we, with none started anew', async () => {
    world = await ownWorld(['--live-restore'])
    const spec = await world.spec(good)
    await world.scale(spec, 2)
    const before = (await world.until(all('ready', 2))).instances
    const seen = watchStates()
    await own!.restart()
    await world.engine.docker(['kill', idOf(before[0]!.handle)])
    // What happens after the restart is heard of again, so the connection is back.
    const { instances } = await world.until(
      (now) => all('ready', 2)(now) && now.instances[0]!.id !== before[0]!.id,
    )
    expect(instances[1]).toEqual(before[1])
    expect(await seen.stop()).toEqual([2])
    expect(await running(world.engine)).toHaveLength(2)
  })

  it('has ended its containers, and each is started again once', async () => {
    world = await ownWorld([])
    await world.scale(await world.spec(good), 2)
    const before = (await world.until(all('ready', 2))).instances.map(({ id }) => id)
    await own!.restart()
    const { instances, exitsAfterReady } = await world.until(
      (now) => all('ready', 2)(now) && !now.instances.some(({ id }) => before.includes(id)),
    )
    expect(instances.map(({ slot }) => slot)).toEqual([0, 1])
    expect(exitsAfterReady).toBe(2)
    expect(await running(world.engine)).toHaveLength(2)
  })

  it('has ended its containers while we were away, which is told and made good', async () => {
    world = await ownWorld([])
    const spec = await world.spec(good)
    await world.oneReady(spec)
    await world.target.close()
    await own!.restart()
    await world.reopen()
    await world.target.adopt([{ spec, count: 1 }])
    const { facts } = await world.until(all('ready', 1))
    expect(facts[0]).toMatchObject({ kind: 'exited', instance: 'r1-0-1', wasReady: true })
    expect(await running(world.engine)).toHaveLength(1)
  })
})

describe.skipIf(missing !== null)('an engine that hangs', () => {
  it('ends every call within its limit, takes nobody’s traffic, and leaves nothing of what was tried', async () => {
    world = await ownWorld([], 5_000)
    const spec = await world.spec(good)
    await world.scale(spec, 2)
    const before = (await world.until(all('ready', 2))).instances
    own!.pause()
    await expect(world.scale(spec, 3)).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringContaining('did not answer when it was asked'),
    })
    expect((await world.observe()).instances).toEqual(before)
    own!.resume()
    await world.scale(spec, 3)
    const { instances } = await world.until(all('ready', 3))
    expect(instances.slice(0, 2)).toEqual(before)
    await expect.poll(() => running(world.engine), { timeout: 20_000 }).toHaveLength(3)
  })

  it('is asked again by whoever wants to adopt what runs there', async () => {
    world = await ownWorld([], 5_000)
    const spec = await world.spec(good)
    const one = await world.oneReady(spec)
    await world.reopen()
    own!.pause()
    await expect(world.target.adopt([{ spec, count: 1 }])).rejects.toMatchObject({ code: 'TIMED_OUT' })
    own!.resume()
    await world.target.adopt([{ spec, count: 1 }])
    expect((await world.observe()).instances.map(({ handle }) => handle)).toEqual([one.handle])
    expect(await running(world.engine)).toHaveLength(1)
  })

  it('keeps nothing running that was given up meanwhile', async () => {
    world = await ownWorld([], 5_000)
    const liveness = { path: '/livez', periodMs: 100, timeoutMs: 1_000, failures: 3 }
    // Without an init the app is the container's first process, which can be stopped from here.
    const spec = await world.spec(good, { init: false }, { liveness, graceMs: 200 })
    const one = await world.oneReady(spec)
    const { State } = await world.inspect(one)
    // Of a container that has ended it is 0, which would stop whoever runs the tests.
    expect(State.Pid).toBeGreaterThan(0)
    own!.pause()
    process.kill(State.Pid, 'SIGSTOP')
    await world.until(({ facts }) => facts.some(({ kind }) => kind === 'startFailed'), { withinMs: 120_000 })
    own!.resume()
    const { instances } = await world.until(all('ready', 1), { withinMs: 60_000 })
    expect(instances[0]!.id).not.toBe(one.id)
    await expect.poll(() => running(world.engine), { timeout: 20_000 }).toEqual([instances[0]!.id])
  })
})

async function ownWorld(flags: string[], answerMs?: number): Promise<DockerWorld> {
  own = await openEngine({ flags })
  await nodeImage(own)
  return openDockerWorld({ engine: own, ...(answerMs === undefined ? {} : { answerMs }) })
}

/** How many instances were told of, in every observation until it is stopped. */
function watchStates(): { stop(): Promise<number[]> } {
  const counts = new Set<number>()
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      const { version, releases } = await world.target.observe(environment)
      counts.add(releases.r1!.instances.length)
      await world.target.changed(environment, version, 50)
    }
  })()
  return {
    async stop() {
      isOver = true
      await watching
      return [...counts]
    },
  }
}

async function running(engine: Engine): Promise<string[]> {
  const { out } = await engine.docker([
    ...['ps', '--filter', 'label=sluice.instance', '--format', '{{.Label "sluice.instance"}}'],
  ])
  return out.split('\n').filter((line) => line !== '')
}

const idOf = (handle: string) => handle.replace('container ', '')
