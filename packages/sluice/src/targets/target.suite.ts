import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fence } from '../core/fence.ts'
import { type ErrorCode, SluiceError } from '../errors.ts'
import type { Instance, ReleaseObservation, ReleaseSpec, Target } from './target.ts'

/** How a release of the suite's behaves. */
export type Behaviour =
  /** Ready soon. */
  | 'good'
  /** Runs and is never ready. */
  | 'slow'
  /** Does not leave when it is asked to. */
  | 'stubborn'
  /** The outside refuses to start it. */
  | 'refused'

/** The outside of one target: made anew for each test, it remembers what its target did while that is opened anew. */
export interface TargetWorld {
  environment: string
  open(): Promise<Target>
  spec(release: string, behaviour: Behaviour): Promise<ReleaseSpec>
  /** Ends whatever still runs and removes everything. */
  remove(): Promise<void>
}

/** What every target has to hold to, whatever its instances are; `withinMs` is what they may take to come or to go. */
export function targetSuite(name: string, makeWorld: () => Promise<TargetWorld>, withinMs = 20_000): void {
  describe(`${name}, as every target`, () => {
    let world: TargetWorld
    let target: Target

    beforeEach(async () => {
      world = await makeWorld()
      target = await world.open()
    })

    afterEach(async () => {
      await target.close()
      await world.remove()
    })

    const fence = (effect: number, token = 1): Fence => ({ token, effect })

    async function observe(release: string): Promise<ReleaseObservation> {
      const found = (await target.observe(world.environment)).releases[release]
      return found ?? { wanted: 0, instances: [], exitsBeforeReady: 0, exitsAfterReady: 0, facts: [] }
    }

    async function reopen(): Promise<void> {
      await target.close()
      target = await world.open()
    }

    async function idsOf(release: string): Promise<string[]> {
      return (await observe(release)).instances.map(({ id }) => id)
    }

    function allReady(count: number) {
      return ({ instances }: ReleaseObservation) =>
        instances.length === count && instances.every(({ state }) => state === 'ready')
    }

    async function until(
      release: string,
      isSo: (observation: ReleaseObservation) => boolean,
    ): Promise<ReleaseObservation> {
      for (const deadline = Date.now() + withinMs; Date.now() < deadline; ) {
        const { version, releases } = await target.observe(world.environment)
        const found = releases[release]
        if (found && isSo(found)) return found
        await target.changed(world.environment, version, 1_000)
      }
      throw new Error(`did not come to pass: ${JSON.stringify(await observe(release), null, 1)}`)
    }

    test('starts as many instances as were asked for, each with an address of its own', async () => {
      const spec = await world.spec('r1', 'good')
      await target.scale({ spec, count: 3, fence: fence(1) })
      const { wanted, instances } = await until('r1', allReady(3))
      expect(wanted).toBe(3)
      expect(instances.map(({ slot }) => slot)).toEqual([0, 1, 2])
      expect(new Set(instances.map(({ address }) => `${address!.host}:${address!.port}`)).size).toBe(3)
      expect(instances.every(({ readyAt, startedAt }) => readyAt! >= startedAt)).toBe(true)
    })

    test('does nothing more when it is asked again', async () => {
      const spec = await world.spec('r1', 'good')
      const request = { spec, count: 2, fence: fence(1) }
      await Promise.all([target.scale(request), target.scale(request)])
      const first = await idsOf('r1')
      await target.scale(request)
      expect(await idsOf('r1')).toEqual(first)
      expect(first).toHaveLength(2)
    })

    test('scales down by the highest slots and keeps the others', async () => {
      const spec = await world.spec('r1', 'good')
      await target.scale({ spec, count: 3, fence: fence(1) })
      const before = await idsOf('r1')
      await target.scale({ spec, count: 1, fence: fence(2) })
      expect(await idsOf('r1')).toEqual(before.slice(0, 1))
      await target.scale({ spec, count: 0, fence: fence(3) })
      expect(await observe('r1')).toMatchObject({ wanted: 0, instances: [], exitsAfterReady: 0, facts: [] })
    })

    test('never gives an id twice', async () => {
      const spec = await world.spec('r1', 'good')
      const seen: string[] = []
      for (let round = 0; round < 2; round++) {
        await target.scale({ spec, count: 2, fence: fence(round * 2 + 1) })
        seen.push(...(await idsOf('r1')))
        await target.scale({ spec, count: 0, fence: fence(round * 2 + 2) })
        await target.forget(world.environment, 'r1')
        await reopen()
      }
      expect(new Set(seen).size).toBe(4)
    })

    test('crashes all of one release and none of another, and starts them again as after any crash', async () => {
      await target.scale({ spec: await world.spec('r1', 'good'), count: 2, fence: fence(1) })
      await target.scale({ spec: await world.spec('r2', 'good'), count: 1, fence: fence(2) })
      await until('r1', allReady(2))
      await until('r2', allReady(1))
      const [crashed, others] = [await idsOf('r1'), await idsOf('r2')]
      await target.crash(world.environment, 'r1')
      await target.crash(world.environment, 'r9')
      await until('r1', ({ exitsAfterReady }) => exitsAfterReady === 2)
      const { instances } = await until('r1', allReady(2))
      expect(instances.some(({ id }) => crashed.includes(id))).toBe(false)
      expect(await idsOf('r2')).toEqual(others)
      expect(await observe('r2')).toMatchObject({ exitsAfterReady: 0 })
    })

    test('runs two releases side by side', async () => {
      await target.scale({ spec: await world.spec('r1', 'good'), count: 1, fence: fence(1) })
      await target.scale({ spec: await world.spec('r2', 'good'), count: 1, fence: fence(2) })
      await until('r1', allReady(1))
      await until('r2', allReady(1))
      await target.scale({ spec: await world.spec('r1', 'good'), count: 0, fence: fence(3) })
      expect(await idsOf('r1')).toEqual([])
      expect(await idsOf('r2')).toHaveLength(1)
    })

    test('ignores an effect that is older than one it has seen', async () => {
      const spec = await world.spec('r1', 'good')
      await target.scale({ spec, count: 1, fence: fence(5) })
      await expectCode(target.scale({ spec, count: 0, fence: fence(4) }), 'FENCED')
      expect(await idsOf('r1')).toHaveLength(1)
      await target.scale({ spec, count: 0, fence: fence(1, 2) })
      await expectCode(target.scale({ spec, count: 1, fence: fence(6, 1) }), 'FENCED')
      expect(await idsOf('r1')).toEqual([])
    })

    test('does what was asked last when two calls overtake each other', async () => {
      const spec = await world.spec('r1', 'good')
      const calls = [
        target.scale({ spec, count: 3, fence: fence(1) }),
        target.scale({ spec, count: 1, fence: fence(2) }),
      ]
      await Promise.allSettled(calls)
      await calls[1]
      expect(await observe('r1')).toMatchObject({ wanted: 1, instances: [{ slot: 0 }] })
    })

    test('remembers the newest fence when it is opened anew', async () => {
      const spec = await world.spec('r1', 'good')
      await target.scale({ spec, count: 2, fence: fence(5) })
      await target.scale({ spec, count: 1, fence: fence(6) })
      await reopen()
      await expectCode(target.scale({ spec, count: 2, fence: fence(5) }), 'FENCED')
      await target.scale({ spec, count: 0, fence: fence(7) })
    })

    test('finds what runs when it is opened anew, and goes on with the same instances', async () => {
      const spec = await world.spec('r1', 'good')
      await target.scale({ spec, count: 2, fence: fence(1) })
      const before = (await until('r1', allReady(2))).instances
      await reopen()
      await target.adopt([{ spec, count: 2 }])
      const after = (await observe('r1')).instances
      expect(after.map(lasting)).toEqual(before.map(lasting))
      expect(after.map(({ state }) => state)).toEqual(['ready', 'ready'])
      await target.scale({ spec, count: 0, fence: fence(2) })
      expect(await idsOf('r1')).toEqual([])
    })

    test('repeats a call whose answer was lost with us, and starts nothing twice', async () => {
      const spec = await world.spec('r1', 'good')
      const request = { spec, count: 2, fence: fence(1) }
      const unanswered = target.scale(request).catch(() => {})
      await reopen()
      await unanswered
      await target.scale(request)
      const { instances } = await until('r1', allReady(2))
      expect(instances.map(({ slot }) => slot)).toEqual([0, 1])
      await target.scale({ spec, count: 0, fence: fence(2) })
      expect(await idsOf('r1')).toEqual([])
    })

    test('ends what is too much when it is opened anew', async () => {
      const spec = await world.spec('r1', 'good')
      await target.scale({ spec, count: 3, fence: fence(1) })
      const before = await idsOf('r1')
      await reopen()
      await target.adopt([{ spec, count: 1 }])
      expect(await idsOf('r1')).toEqual(before.slice(0, 1))
    })

    test('answers a scaling up before anything is ready, and says so', async () => {
      await target.scale({ spec: await world.spec('r1', 'slow'), count: 1, fence: fence(1) })
      expect((await observe('r1')).instances).toMatchObject([{ state: 'starting', readyAt: null }])
    })

    test('answers a scaling down only when the stubborn one is gone, and shows it stopping meanwhile', async () => {
      const spec = await world.spec('r1', 'stubborn')
      await target.scale({ spec, count: 1, fence: fence(1) })
      await until('r1', allReady(1))
      let isDone = false
      const down = target.scale({ spec, count: 0, fence: fence(2) }).then(() => {
        isDone = true
      })
      await until('r1', ({ instances }) => instances[0]?.state === 'stopping')
      expect(isDone).toBe(false)
      await down
      expect(await idsOf('r1')).toEqual([])
    })

    test('comes back in full while its former instances are still leaving', async () => {
      const spec = await world.spec('r1', 'stubborn')
      await target.scale({ spec, count: 1, fence: fence(1) })
      await until('r1', allReady(1))
      const down = target.scale({ spec, count: 0, fence: fence(2) })
      await until('r1', ({ instances }) => instances[0]?.state === 'stopping')
      await target.scale({ spec, count: 1, fence: fence(3) })
      await down
      const { instances } = await until('r1', allReady(1))
      expect(instances.map(({ state }) => state)).toEqual(['ready'])
    })

    test('says what the outside refused, and tries again when it is asked again', async () => {
      const refused = await world.spec('r1', 'refused')
      await expectCode(target.scale({ spec: refused, count: 1, fence: fence(1) }), 'START_FAILED')
      expect(await idsOf('r1')).toEqual([])
      await target.scale({ spec: await world.spec('r1', 'good'), count: 1, fence: fence(1) })
      await until('r1', allReady(1))
    })

    test('wakes who waits for a change, and lets go of them when nothing changes', async () => {
      const { version } = await target.observe(world.environment)
      await target.changed(world.environment, version, 20)
      expect((await target.observe(world.environment)).version).toBe(version)
      const waiting = target.changed(world.environment, version, 60_000)
      await target.scale({ spec: await world.spec('r1', 'good'), count: 1, fence: fence(1) })
      await waiting
      expect((await target.observe(world.environment)).version).toBeGreaterThan(version)
    })
  })
}

/** What stays the same for as long as an instance runs. */
function lasting({ id, slot, address, startedAt, readyAt, handle }: Instance) {
  return { id, slot, address, startedAt, readyAt, handle }
}

async function expectCode(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(SluiceError)
  expect((error as SluiceError).code).toBe(code)
}
