import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { instancesAbilities } from '../routers/instances/abilities.ts'
import { temporaryFolder } from '../runtime/world.fixture.ts'
import { type ControlWorld, openControlWorld } from './control.fixture.ts'
import { plan } from './plan.ts'

let world: ControlWorld
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeEach(async () => {
  world = await openControlWorld()
  folder = await temporaryFolder()
  await writeFile(
    join(folder.path, 'sluice.yaml'),
    `
app: shop
run: { command: node server.js }
health: { readiness: { path: /readyz } }
environments:
  production:
    instances: 3
    strategy:
      canary: { steps: [10%], analyze: { for: 10m } }
    after: { keepWarm: 1h, holdback: { weight: 1%, for: 1h } }
`,
  )
})
afterEach(async () => {
  await world[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

/** A minute with so many requests in every second, one in a hundred of which fails. */
async function serve(requestsPerSecond: number): Promise<void> {
  for (let second = 0; second < 60; second++) {
    for (let request = 1; request <= requestsPerSecond; request++)
      world.proxy
        .begin('shop/production')!
        .end((second * requestsPerSecond + request) % 100 === 0 ? 500 : 200)
    await world.clock.pass(1_000)
  }
}

async function warnings(strategy?: 'rolling' | 'blue-green' | 'recreate'): Promise<string[]> {
  const { path } = folder
  const asked = strategy === undefined ? {} : { strategy }
  return (await plan(world.control, { folder: path, supersede: false, by: 'ann', ...asked })).warnings
}

test('a plan that is likely to miss a doubling of errors at this traffic says so, and what would not', async () => {
  await world.deployed({ release: 'r1' })
  await serve(20)
  expect(await warnings()).toEqual([
    expect.stringMatching(
      /^At (19|20|21) requests\/s this canary .* doubling of 1 % errors .*Enough would be a single step of 50%/,
    ),
  ])
  expect(await warnings('rolling')).toEqual([
    expect.stringMatching(/^At (19|20|21) requests\/s this rolling/),
  ])
})

test('a plan says nothing of it where it is likely to see it, or moves all users at once', async () => {
  await world.deployed({ release: 'r1' })
  await serve(20)
  expect(await warnings('blue-green')).toEqual([])
  await serve(2_000)
  expect(await warnings()).toEqual([])
})

test('a plan says nothing of it where the traffic is not known, or nothing serves yet', async () => {
  expect(await warnings()).toEqual([])
  await world.deployed({ release: 'r1' })
  expect(await warnings()).toEqual([])
})

test('a plan says what its steps are where a share is a number of instances, and what a blind router leaves unjudged', async () => {
  await world[Symbol.asyncDispose]()
  world = await openControlWorld({ can: instancesAbilities })
  await world.deployed({ release: 'r1' })
  expect(await warnings()).toEqual([
    expect.stringMatching(
      /^With 3 instances beside 2, the steps 10 % are shares of 33.33 %: .*More instances/,
    ),
    expect.stringMatching(/does not see requests.*strategy\.canary\.analyze\.metrics/),
  ])
  expect(await warnings('blue-green')).toEqual([expect.stringContaining('does not see requests')])
  expect(await warnings('recreate')).toEqual([
    expect.stringMatching(/cannot let requests wait: users meet errors while r1 is replaced/),
  ])
})
