import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../runtime/world.fixture.ts'
import { act } from './actions.ts'
import { type ControlWorld, openControlWorld } from './control.fixture.ts'
import { deploy } from './deploy.ts'
import { environmentsNow } from './status.ts'

const hour = 3_600_000
let world: ControlWorld
let app: Awaited<ReturnType<typeof temporaryFolder>>

beforeEach(async () => {
  world = await openControlWorld()
  app = await temporaryFolder()
  await configure('')
})

afterEach(async () => {
  await world[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

async function configure(preview: string): Promise<void> {
  const lines = ['app: shop', 'run: { command: node server.js }', 'keepReleases: 2', 'data: [uploads]']
  await writeFile(
    join(app.path, 'sluice.yaml'),
    [...lines, `preview: { keep: 5h, ${preview} }`, ''].join('\n'),
  )
}

async function deployTo(environment: string, { supersede = false } = {}): Promise<void> {
  await finished(deploy(world.control, { folder: app.path, environment, supersede, by: 'ann' }, () => {}))
  await world.clock.until(() => keeperOf(environment)?.rollout == null)
}

async function remove(environment: string): Promise<void> {
  await finished(act(world.control, keeperOf(environment)!, 'remove', { by: 'ann' }))
}

// What is waited for takes virtual time, and files take true time: neither may run away from the other.
async function finished<T>(work: Promise<T>): Promise<T> {
  let isOver = false
  const over = work.then(
    () => true,
    () => true,
  )
  while (!isOver) {
    isOver = await Promise.race([over, setTimeout(1, false)])
    if (!isOver) await world.clock.pass(10)
  }
  return work
}

const keeperOf = (environment: string) => world.control.keepers.get(`shop/${environment}`)
const namesNow = async () => (await environmentsNow(world.control, {})).map(({ name }) => name)
const built = async () => {
  const releases = await world.control.records.releases.list('shop')
  return releases.filter(({ state }) => state === 'built').map(({ release }) => release)
}

describe('a preview', () => {
  it('says when it goes by itself, and a deploy puts that off', async () => {
    await deployTo('preview-a')
    const [first] = await environmentsNow(world.control, {})
    expect(first?.removedAt).toBeGreaterThan(world.clock.now() + 4.9 * hour)
    await world.clock.pass(4 * hour)
    await deployTo('preview-a')
    await world.clock.pass(4 * hour)
    expect(await namesNow()).toEqual(['preview-a'])
    await world.clock.pass(1.1 * hour)
    expect(await namesNow()).toEqual([])
  })

  it('leaves nothing behind', async () => {
    await deployTo('production')
    await deployTo('preview-a')
    await writeFile(join(world.control.home.app('shop'), 'data/preview-a/uploads/own'), 'text')
    await remove('preview-a')
    expect(await namesNow()).toEqual(['production'])
    expect((await world.control.target.observe('shop/preview-a')).releases).toEqual({})
    expect(existsSync(join(world.control.home.app('shop'), 'data/preview-a'))).toBe(false)
    expect(await readdir(join(world.control.home.app('shop'), 'releases'))).toEqual(['r1'])
    const { environments, rollouts } = world.control.records
    expect(await environments.find('shop/preview-a')).toBeNull()
    expect(await environments.deployed('shop/preview-a')).toEqual([])
    const all = await rollouts.list({ app: 'shop', limit: 10 })
    expect(all.map(({ rollout }) => rollout.environment)).toEqual(['shop/production'])
  })

  it('may come back under the same name, and is believed by all who knew the one before', async () => {
    await deployTo('preview-a')
    const before = keeperOf('preview-a')!.state.fence.token
    await remove('preview-a')
    await deployTo('preview-a')
    expect(keeperOf('preview-a')!.state.stable).toEqual({ release: 'r2', count: 1 })
    expect(keeperOf('preview-a')!.state.fence.token).toBeGreaterThan(before)
  })

  it('is undone first where its rollout is under way', async () => {
    const request = { folder: app.path, environment: 'preview-a', supersede: false, by: 'ann' }
    await deploy(world.control, request, () => {})
    expect(keeperOf('preview-a')?.rollout).not.toBeNull()
    await remove('preview-a')
    expect(await namesNow()).toEqual([])
  })

  it('is removed once, by whoever asks while that is under way, and a deploy waits for it', async () => {
    await deployTo('preview-a')
    const keeper = keeperOf('preview-a')!
    const asked = [1, 2].map(() => act(world.control, keeper, 'remove', { by: 'ann' }))
    const request = { folder: app.path, environment: 'preview-a', supersede: true, by: 'ann' }
    await finished(Promise.all([...asked, deploy(world.control, request, () => {})]))
    await world.clock.until(() => keeperOf('preview-a')?.rollout == null)
    expect(keeperOf('preview-a')).not.toBe(keeper)
    expect(keeperOf('preview-a')!.state.stable?.release).toBe('r2')
  })

  it('is one of as many as the app may have, which is said before anything is built', async () => {
    await configure('limit: 2')
    await deployTo('preview-a')
    await deployTo('preview-b')
    await expect(deployTo('preview-c')).rejects.toMatchObject({
      code: 'TOO_MANY_PREVIEWS',
      message: 'shop has 2 previews, and preview.limit is 2: a, b',
      todo: expect.stringContaining('sluice preview remove --name a'),
    })
    expect(await built()).toEqual(['r2', 'r1'])
    await deployTo('preview-a')
    await deployTo('production')
  })

  it('is refused an address that another has, and told which key to change', async () => {
    await configure("host: '{name}.example.com'")
    await deployTo('preview-a')
    const lines = ['app: api', 'run: { command: a }', "preview: { host: '{name}.example.com' }", '']
    await writeFile(join(app.path, 'sluice.yaml'), lines.join('\n'))
    await expect(deployTo('preview-a')).rejects.toMatchObject({
      code: 'ROUTE_CONFLICT',
      message: 'a.example.com/ is the address of shop/preview-a already.',
      todo: expect.stringContaining('preview.host'),
    })
  })

  it('takes no release of the app from those who may want to go back to it', async () => {
    await deployTo('production')
    await deployTo('production')
    for (let times = 0; times < 4; times += 1) await deployTo('preview-a')
    // Two of production, and what the preview could go back to.
    await world.clock.until(async () => (await built()).length === 4)
    expect(await built()).toEqual(['r6', 'r5', 'r2', 'r1'])
  })
})

it('nothing but a preview is removed', async () => {
  await deployTo('production')
  await expect(remove('production')).rejects.toMatchObject({
    code: 'USAGE',
    message: 'shop/production is no preview, and stays',
  })
  expect(await namesNow()).toEqual(['production'])
})
