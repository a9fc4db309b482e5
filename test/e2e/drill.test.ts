import { expect, it } from 'vitest'
import type { DrillNews } from '../../packages/sluice/src/server/contract.ts'
import { isAlive, lost, openYard, quick, until, type Yard } from './yard.ts'

it('catches and undoes every fault under load, and touches no user', async () => {
  const yard = await openYard()
  try {
    await yard.configure({ strategy: quick['blue-green'] })
    await yard.deploy()
    const before = await standing(yard)
    const load = yard.load({ requestsPerSecond: 300 })
    const { code, out, err } = await yard.sluice(['drill', '--env', 'production', '--yes', '--json'])
    const report = await load.stop()
    console.log(out.split('\n').at(-2))

    expect({ code, err }).toEqual({ code: 0, err: '' })
    const { results, users } = recordOf(out)
    expect(results.map(({ fault, outcome, caughtBy }) => [fault, outcome, caughtBy])).toEqual([
      ['errors', 'caught', 'guard'],
      ['latency', 'caught', 'evidence'],
      ['crash', 'caught', 'crash'],
      ['never-ready', 'caught', 'probe'],
    ])
    for (const { detectedMs, undoneMs } of results) {
      expect(detectedMs).toBeLessThan(30_000)
      expect(undoneMs).toBeLessThan(20_000)
    }
    expect(lost(report)).toEqual([])
    expect(Object.keys(report.releases)).toEqual(['r1'])
    expect(users).toMatchObject({ failed: 0, toCopy: 0 })
    expect(users.requests).toBeGreaterThan(0)
    expect(await standing(yard)).toEqual(before)
    const [environment] = (await yard.status()).environments
    expect(environment?.lastDrill).toMatchObject({ faults: 4, caught: 4 })
    expect((await yard.sluice(['status'])).out).toMatch(/last drill: \d{4}-\d\d-\d\d, 4 of 4 caught/)
  } finally {
    await yard.close()
  }
})

it('leaves everything as it was when its agent dies in the middle of a drill', async () => {
  const yard = await openYard()
  try {
    await yard.configure({ strategy: quick['blue-green'] })
    await yard.deploy()
    const before = await standing(yard)
    const load = yard.load({ requestsPerSecond: 100 })
    const { pid } = (await (await yard.agent()).hello())!
    const drilling = yard.sluice(['drill', '--yes', '--only', 'latency'])
    await until(async () => (await yard.status()).environments[0]?.rollout?.step?.kind === 'analyze')
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(pid))
    await drilling
    await until(async () => (await yard.status()).environments[0]?.rollout === null)
    expect(lost(await load.stop())).toEqual([])
    expect(await standing(yard)).toEqual(before)
    expect((await yard.status()).environments[0]?.lastDrill).toBeNull()
  } finally {
    await yard.close()
  }
})

it('gives way to a real rollback at once', async () => {
  const yard = await openYard()
  try {
    // The copy takes its time too, so that the drill is still under way when a busy machine has started two commands.
    await yard.configure({ strategy: quick['blue-green'], env: { START_DELAY_MS: '5000' } })
    await yard.deploy()
    await yard.edit('second')
    await yard.deploy()
    const drilling = yard.sluice(['drill', '--yes', '--only', 'latency'])
    await until(async () => (await yard.status()).environments[0]?.rollout?.kind === 'drill')
    expect((await yard.sluice(['drill', '--yes'])).code).toBe(3)
    expect((await yard.sluice(['rollback'])).code).toBe(0)
    expect((await drilling).code).toBe(12)
    expect((await yard.get('/')).release).toBe('r1')
  } finally {
    await yard.close()
  }
})

/** What a drill must leave as it found it. */
async function standing(yard: Yard): Promise<unknown> {
  const [environment] = (await yard.status()).environments
  const { stable, warm, weights, isUp, rollout, releases, previewToken } = environment!
  const headers = { host: `preview--${yard.host}`, 'x-sluice-token': previewToken ?? '' }
  const { release: previewed } = await yard.get('/', headers)
  const instances = releases.map(({ release, wanted, instances }) => ({
    release,
    wanted,
    handles: instances.map(({ handle, state }) => `${handle} ${state}`),
  }))
  return { stable, warm, weights, isUp, rollout, instances, previewed }
}

function recordOf(out: string) {
  const news = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as DrillNews)
  const done = news.findLast((one) => one.kind === 'done')
  if (done === undefined) throw new Error(out)
  return done.record
}
