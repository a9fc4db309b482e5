import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DrillFault } from '../core/drill.ts'
import type { DrillNews } from './contract.ts'
import { type ControlWorld, openControlWorld } from './control.fixture.ts'
import { drill } from './drill.ts'
import { rollback } from './rollback.ts'
import type { StartLoad } from './synthetic-load.ts'

let world: ControlWorld
beforeEach(async () => {
  world = await openControlWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const production = 'shop/production'
const keeper = () => world.control.keeper(production)

/** Fifty requests a second to each release, on the world's clock and through its proxy. */
const load: StartLoad = ({ environment, releases }) => {
  let isOver = false
  const send = () => {
    if (isOver) return
    for (const release of releases) world.proxy.drilled(environment, release)
    world.clock.at(world.clock.now() + 20, send)
  }
  send()
  return {
    stop() {
      isOver = true
    },
  }
}
const nobody: StartLoad = () => ({ stop() {} })

/** A drill of this fault to its end, with everything it told. */
async function drilled(faults: DrillFault[], startLoad = load): Promise<DrillNews[]> {
  const told: DrillNews[] = []
  await ended(
    drill(world.control, keeper(), { faults, by: 'ann' }, { startLoad, tell: (news) => told.push(news) }),
  )
  return told
}

/** Lets time pass until it is over. */
async function ended<T>(work: Promise<T>): Promise<T> {
  let isOver = false
  const note = () => {
    isOver = true
  }
  work.then(note, note)
  await world.clock.until(() => isOver)
  return work
}

function resultsIn(told: DrillNews[]) {
  return told.flatMap((news) => (news.kind === 'result' ? [news.result] : []))
}

describe('a drill', () => {
  test('of errors is caught by the guard within two seconds, undone, and written down', async () => {
    await world.deployed({ release: 'r1' })
    const before = keeper().state
    const [result] = resultsIn(await drilled(['errors'], always))
    expect(result).toMatchObject({ fault: 'errors', outcome: 'caught', caughtBy: 'guard' })
    expect(result!.detectedMs).toBeGreaterThan(0)
    expect(result!.detectedMs).toBeLessThan(2_000)
    expect(keeper().state).toMatchObject({ stable: before.stable, promoted: before.promoted, warm: [] })
    expect(await world.control.records.drills.latest(production)).toMatchObject({
      by: 'ann',
      release: 'r1',
      results: [{ outcome: 'caught' }],
      users: { failed: 0, toCopy: 0 },
    })
  })

  test('of a crash is caught, and kills nothing of what serves', async () => {
    await world.deployed({ release: 'r1' })
    const ids = () =>
      world.machine
        .place(production)
        .releases.get('r1')!
        .instances.map(({ id }) => id)
    const before = ids()
    expect(resultsIn(await drilled(['crash']))).toMatchObject([{ outcome: 'caught', caughtBy: 'crash' }])
    expect(ids()).toEqual(before)
    expect([...world.machine.place(production).releases.keys()]).toEqual(['r1'])
  })

  test('that nobody notices is missed, and leaves everything as it was', async () => {
    await world.deployed({ release: 'r1' })
    const before = keeper().state
    const [result] = resultsIn(await drilled(['errors'], nobody))
    expect(result).toMatchObject({ outcome: 'missed', caughtBy: null })
    expect(keeper().state).toMatchObject({ stable: before.stable, promoted: before.promoted, warm: [] })
    expect(keeper().state.routing).toMatchObject({ weights: { r1: 10_000 } })
    expect([...world.machine.place(production).releases.keys()]).toEqual(['r1'])
  })

  test('leaves a warm release warm', async () => {
    await world.deployed({ release: 'r1' })
    await world.deployed({ release: 'r2' })
    const { warm } = keeper().state
    expect(warm).toMatchObject([{ release: 'r1' }])
    await drilled(['crash'])
    expect(keeper().state.warm).toEqual(warm)
  })

  test('counts none of its requests as those of users', async () => {
    await world.deployed({ release: 'r1' })
    await drilled(['errors'], always)
    expect((await world.control.router.counts(production)).totals.requests).toBe(0)
    expect((await world.control.router.counts(production, 'synthetic')).totals.requests).toBeGreaterThan(10)
  })

  test('is refused where nothing is deployed, while a rollout is under way, and where an instance is ill', async () => {
    const refused = async () => drilled(['errors']).catch((error) => error.code)
    await world.begin({ release: 'r1' })
    expect(await refused()).toBe('ROLLOUT_UNDER_WAY')
    await world.clock.until(() => keeper().rollout === null)
    const { id } = world.machine.place(production).releases.get('r1')!.instances[0]!
    world.machine.set(id, 'unready')
    expect(await refused()).toBe('UNHEALTHY')
    world.machine.set(id, 'ready')
    await keeper().settle({ ...keeper().settings, strategy: { kind: 'recreate', progressDeadlineMs: 1 } })
    expect(await refused()).toBe('STRATEGY_UNSUPPORTED')
    await ended(keeper().takeDown())
    expect(await refused()).toBe('NOTHING_DEPLOYED')
  })

  test('gives way to a rollback, and is not written down then', async () => {
    await release('r1')
    await world.deployed({ release: 'r1' })
    await world.deployed({ release: 'r2' })
    const told = drilled(['errors', 'crash'], nobody)
    await world.clock.until(() => keeper().rollout?.kind === 'drill')
    await ended(rollback(world.control, keeper(), { by: 'bob' }))
    const results = resultsIn(await told)
    await world.clock.until(() => keeper().rollout === null)
    expect(results).toMatchObject([{ outcome: 'aborted', message: 'aborted by bob: a rollback is wanted' }])
    expect(keeper().state.stable?.release).toBe('r1')
    expect(await world.control.records.drills.latest(production)).toBeNull()
  })
})

test.each(['undoing', 'between two faults'])(
  'a drill gives way to a rollback while it is %s',
  async (when) => {
    await release('r1')
    await world.deployed({ release: 'r1' })
    await world.deployed({ release: 'r2' })
    // It may end with what it has found, or with who took its place.
    const drilling = drilled(['crash', 'crash', 'crash']).catch(() => {})
    await world.clock.until(() => keeper().rollout?.status === 'undoing')
    if (when !== 'undoing') await keeper().idle()
    await ended(rollback(world.control, keeper(), { by: 'bob' }))
    await world.clock.until(() => keeper().rollout === null)
    expect(keeper().state.stable?.release).toBe('r1')
    await drilling
    expect(await world.control.records.drills.latest(production)).toBeNull()
  },
)

/** Built, as a rollback wants it. */
async function release(of: string): Promise<void> {
  const { releases } = world.control.records
  const begun = { app: 'shop', source: '/apps/shop', by: 'ann', at: 0, folderOf: () => '/nowhere' }
  const { app } = await releases.begin(begun)
  await releases.finish({ app, release: of }, { state: 'built' })
}

/** As `load`, to a proxy that makes an error of each of the copy's answers. */
function always(...given: Parameters<StartLoad>) {
  const { traffic } = world.proxy.route(production)
  if (traffic?.drill !== undefined) traffic.drill.errorShare = 1
  return load(...given)
}
