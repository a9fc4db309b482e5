import { beforeEach, expect, it } from 'vitest'
import { SluiceError } from '../errors.ts'
import { MemoryMachine, MemoryTarget } from '../runtime/memory-target.fixture.ts'
import { testClock } from '../runtime/test-clock.fixture.ts'
import { production, specOf } from '../runtime/world.fixture.ts'
import type { ReleaseSpec, Target } from '../targets/target.ts'
import { type ManyTargets, manyTargets } from './many-targets.ts'

const clock = testClock()
let machines: Record<string, MemoryMachine>
let refusals: Record<string, SluiceError>
let troubles: unknown[]
let target: ManyTargets

beforeEach(() => {
  machines = { process: new MemoryMachine(clock), docker: new MemoryMachine(clock) }
  refusals = {}
  troubles = []
  const opened: Record<string, Target> = {
    process: new MemoryTarget(machines.process!),
    docker: new MemoryTarget(machines.docker!),
  }
  target = manyTargets(
    {
      async target(name) {
        if (refusals[name] !== undefined) throw refusals[name]
        return opened[name]!
      },
    },
    {
      after: (ms, run) => clock.at(clock.now() + ms, run),
      onTrouble: (_, error) => void troubles.push(error),
    },
  )
})

const on = (name: string, release: string): ReleaseSpec => ({ ...specOf(release), target: name })
const fence = (effect: number) => ({ token: 1, effect })
const away = new SluiceError('ENGINE_UNREACHABLE', 'no engine')

async function ready(): Promise<Record<string, number>> {
  const { releases } = await target.observe(production)
  const counts = Object.entries(releases).map(([release, { instances }]) => [
    release,
    instances.filter(({ state }) => state === 'ready').length,
  ])
  return Object.fromEntries(counts)
}

it('shows the releases of an environment that moves from one target to another, side by side', async () => {
  await target.scale({ spec: on('process', 'r1'), count: 2, fence: fence(1) })
  await target.scale({ spec: on('docker', 'r2'), count: 1, fence: fence(2) })
  await clock.until(async () => JSON.stringify(await ready()) === '{"r1":2,"r2":1}')
  let isGone = false
  const going = target.scale({ spec: on('process', 'r1'), count: 0, fence: fence(3) }).then(() => {
    isGone = true
  })
  await clock.until(() => isGone)
  await going
  await target.forget(production, 'r1')
  expect(await ready()).toEqual({ r2: 1 })
})

it('runs what was recorded without a target as processes', async () => {
  await target.scale({ spec: specOf('r1'), count: 1, fence: fence(1) })
  expect(machines.process!.calls).toHaveLength(1)
})

it('wakes who waits when either target has changed, and another version says so', async () => {
  await target.scale({ spec: on('process', 'r1'), count: 1, fence: fence(1) })
  await target.scale({ spec: on('docker', 'r2'), count: 1, fence: fence(2) })
  await clock.until(async () => JSON.stringify(await ready()) === '{"r1":1,"r2":1}')
  const { version } = await target.observe(production)
  const waiting = target.changed(production, version, 60_000)
  machines.docker!.kill(production, 'r2')
  await waiting
  expect((await target.observe(production)).version).toBeGreaterThan(version)
})

it('wakes who waits for an environment that nothing runs in yet', async () => {
  const waiting = target.changed(production, -1, 60_000)
  await target.scale({ spec: on('process', 'r1'), count: 1, fence: fence(1) })
  await waiting
})

it('never says that there are no instances while it cannot know, and finds them when it can', async () => {
  refusals.docker = away
  await target.adopt([
    { spec: on('process', 'r1'), count: 1 },
    { spec: on('docker', 'r2'), count: 2 },
  ])
  expect(troubles).toEqual([away])
  await expect(target.observe(production)).rejects.toBe(away)
  await expect(target.scale({ spec: on('docker', 'r2'), count: 0, fence: fence(1) })).rejects.toBe(away)
  delete refusals.docker
  await clock.until(() =>
    ready().then(
      (found) => found.r2 === 2,
      () => false,
    ),
  )
  expect(await ready()).toEqual({ r1: 1, r2: 2 })
})
