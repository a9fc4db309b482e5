import { afterEach, describe, expect, it } from 'vitest'
import { onLivingEngine, places } from './places.ts'
import { lost, openYard, type Quick, quick, type Yard } from './yard.ts'

let yard: Yard
afterEach(() => yard.close())

describe.each(places)('on $name', (place) => {
  const { missing, open, strategies = Object.keys(quick) as Quick[] } = place
  it.skipIf(missing !== null).for(strategies)(
    '%s moves to an edited app and back again under load, and loses no request',
    (strategy) =>
      onLivingEngine(
        place,
        () => movesAndBack(strategy),
        () => yard.close(),
      ),
  )

  async function movesAndBack(strategy: Quick): Promise<void> {
    yard = await openYard({ place: await open() })
    await yard.configure({ strategy: quick[strategy] })
    const first = await yard.deploy()
    expect(first.rollout).toMatchObject({ status: 'succeeded', from: null, to: 'r1' })

    const load = yard.load()
    await yard.edit('second')
    const second = await yard.deploy()
    expect(second.rollout).toMatchObject({ status: 'succeeded', from: 'r1', to: 'r2' })

    const back = await yard.sluice(['rollback', '--json'])
    expect(back.code).toBe(0)
    const report = await load.stop()

    expect(lost(report)).toEqual([])
    expect(report.answered).toBeGreaterThan(200)
    expect(Object.keys(report.byRelease).sort()).toEqual(['r1', 'r2'])
    expect((await yard.get('/')).release).toBe('r1')
  }
})

// Each target and each router once: what notices is the same in every pair of them.
const pairs = places.filter(({ name }) =>
  ['process + embedded', 'docker + embedded', 'swarm + haproxy'].includes(name),
)

describe.each(pairs)('on $name, a release that is worse', (place) => {
  const { missing, open } = place
  it.skipIf(missing !== null).each([
    ['ends as soon as it is started', { env: { GREETING: '' } }, /ended before it was ready|ended/],
    ['never becomes ready', { env: { START_DELAY_MS: '600000' } }, /never became ready/, 6],
    ['fails most of its requests', { env: { FAIL_SHARE: '0.9' } }, /fails \d+(\.\d+)? % of its requests/],
  ])('that %s is undone, and users of the old one notice nothing of it', (_, change, reason, failures = 20) =>
    onLivingEngine(
      place,
      () => isUndone(change, reason, failures),
      () => yard.close(),
    ),
  )

  async function isUndone(change: object, reason: RegExp, failures: number): Promise<void> {
    yard = await openYard({ place: await open() })
    const health = (most: number) => ({
      health: { readiness: { path: '/readyz' }, startup: { period: '1s', failures: most } },
    })
    const strategy = { canary: { steps: ['20%'], analyze: { for: '20s' } } }
    await yard.configure({ strategy }, health(60))
    await yard.deploy()
    const load = yard.load({ requestsPerSecond: 300 })
    await yard.configure({ strategy, ...change }, health(failures))
    const { rollout } = await yard.deploy()
    const report = await load.stop()

    expect(rollout).toMatchObject({ status: 'rolled-back', from: 'r1', to: 'r2' })
    expect(rollout.reason?.message).toMatch(reason)
    expect(report.failed).toEqual([])
    const own = report.releases.r2?.byStatus[500] ?? 0
    expect(report.byStatus[500] ?? 0).toBe(own)
    expect((await yard.get('/')).release).toBe('r1')
    const { environments } = await yard.status()
    expect(environments[0]?.releases.map(({ release, wanted }) => [release, wanted])).toEqual([['r1', 2]])
  }
})

describe('a blue-green release', () => {
  it('can be tried at its preview address, with its token only, before it has traffic', async () => {
    yard = await openYard()
    await yard.configure({ strategy: { 'blue-green': { bake: '0s', approve: true } } })
    await yard.deploy()
    await yard.edit('second')
    const id = await yard.begin()
    const client = await yard.agent()
    await waitForGate(id)

    const { environments } = await yard.status()
    const token = environments[0]?.previewToken ?? ''
    const host = `preview--${yard.host}`
    expect(await yard.get('/', { host, 'x-sluice-token': token })).toMatchObject({
      status: 200,
      release: 'r2',
    })
    expect(await yard.get('/', { host })).toMatchObject({ status: 404, release: null })
    expect(await yard.get('/', { 'x-sluice-release': 'r2', 'x-sluice-token': token })).toMatchObject({
      release: 'r2',
    })
    expect(await yard.get('/', { 'x-sluice-release': 'r2' })).toMatchObject({ release: 'r1' })

    await client.post({ path: '/v1/environments/shop/production/promote', body: { by: 'a test' } })
    expect((await yard.follow(id)).rollout.status).toBe('succeeded')
  })

  async function waitForGate(id: string): Promise<void> {
    const client = await yard.agent()
    for await (const line of client.stream<{ rollout: { waitsFor: string | null } }>({
      path: `/v1/rollouts/${id}/news`,
      query: { after: 0, follow: 1 },
    })) {
      if (line.rollout.waitsFor !== null) return
    }
  }
})
