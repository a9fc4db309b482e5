import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ExplainAnswer } from '../../packages/sluice/src/server/contract.ts'
import { openYard, type Yard } from './yard.ts'

let yard: Yard
beforeEach(async () => {
  yard = await openYard()
})
afterEach(() => yard.close())

const judged = {
  profile: 'fast',
  for: '20s',
  minBake: '1s',
  // Wide enough to be shown within seconds at the traffic of a test.
  metrics: {
    errors: { promoteSlack: '5%' },
    clientErrors: false,
    p99: false,
    p95: false,
    p50: { promoteMargin: '90%' },
  },
}
const canary = { canary: { steps: ['20%', '50%'], analyze: judged } }

async function explained(id: string): Promise<ExplainAnswer> {
  return (await yard.agent()).get<ExplainAnswer>({ path: `/v1/rollouts/${id}/explain` })
}

it('a release that fails a tenth of its requests is rolled back by the sequential test', async () => {
  await yard.configure({ strategy: canary })
  await yard.deploy()
  const load = yard.load({ requestsPerSecond: 200 })
  await yard.configure({ strategy: canary, env: { FAIL_SHARE: '0.1' } })
  const { rollout, facts } = await yard.deploy()
  const report = await load.stop()

  expect(rollout).toMatchObject({ status: 'rolled-back', reason: { kind: 'evidence' } })
  expect(rollout.reason?.message).toMatch(
    /^r2 fails .* as often as r1: \d+ of \d+ beside 0 of [\d,]+; e-value /,
  )
  const turn = facts.find(({ evidence, mark }) => mark === 'failed' && evidence !== undefined)
  expect(turn?.evidence).toMatchObject({ state: 'regress', leading: 'errors', confirmed: 3 })
  expect(turn!.evidence!.eValue).toBeGreaterThan(turn!.evidence!.threshold)
  expect(report.failed).toEqual([])

  const answer = await explained(rollout.id)
  expect(answer).toMatchObject({ replays: true, analysis: { agrees: true } })
  expect(answer.analysis?.ticks.at(-1)).toMatchObject({ failuresToRollback: 0 })
  const told = await yard.sluice(['explain', rollout.id, '-C', yard.app])
  expect(told.out).toContain('every verdict recomputed from the counts: the same')
})

it('a good release goes on as soon as it is shown to be as good, and evidence outlives the agent', async () => {
  await yard.configure({ strategy: canary })
  await yard.deploy()
  const load = yard.load({ requestsPerSecond: 200 })
  await yard.edit('as good')
  const id = await yard.begin()
  await untilEvidence(id)
  process.kill((await (await yard.agent()).hello())!.pid, 'SIGKILL')
  const { rollout, facts } = await yard.follow(id)
  const report = await load.stop()

  expect(rollout.status).toBe('succeeded')
  expect(facts.map(({ text }) => text).join('\n')).toMatch(
    /as good as r1: e-value ([\d,.]+|over a million) for that, needed 10/,
  )
  expect(rollout.endedAt! - rollout.startedAt).toBeLessThan(40_000)
  expect(report.failed).toEqual([])
  expect(await explained(id)).toMatchObject({ replays: true, analysis: { agrees: true } })
})

it('a regression that starts after the promotion is still seen beside the share that was held back', async () => {
  const failing = join(yard.home, '..', 'failing')
  const source = join(yard.app, 'src/app.js')
  const code = await readFile(source, 'utf8')
  const isLate = `process.env.GREETING === 'New' && existsSync(${JSON.stringify(failing)}) && Math.random() < 0.3`
  const failShare = 'Math.random() < context.settings.failShare'
  expect(code).toContain(failShare)
  await writeFile(
    source,
    `import { existsSync } from 'node:fs'\n${code.replace(failShare, `(${failShare} || (${isLate}))`)}`,
  )
  const strategy = { 'blue-green': { bake: '0s', analyze: { profile: 'fast' } } }
  const after = { holdback: { weight: '5%', for: '10m' } }
  await yard.configure({ strategy, after })
  await yard.deploy()
  const load = yard.load({ requestsPerSecond: 200 })
  await yard.configure({ strategy, after, env: { GREETING: 'New' } })
  const id = await yard.begin()
  await untilEvidence(id)
  expect((await yard.status()).environments[0]?.rollout).toMatchObject({
    status: 'watching',
    weights: { r1: 500, r2: 9_500 },
  })
  await writeFile(failing, '')
  const { rollout } = await yard.follow(id)
  await load.stop()

  expect(rollout).toMatchObject({ status: 'rolled-back', reason: { kind: 'evidence' } })
  expect((await yard.get('/')).release).toBe('r1')
})

it('a new deploy ends the watch of the last one first', async () => {
  const strategy = { 'blue-green': { bake: '0s' } }
  const after = { holdback: { weight: '5%', for: '1h' } }
  await yard.configure({ strategy, after })
  await yard.deploy()
  await yard.edit('second')
  const second = await yard.begin()
  await until(second, ({ status }) => status === 'watching')
  await yard.edit('third')
  const third = await yard.begin()
  expect((await yard.follow(second)).rollout).toMatchObject({ status: 'succeeded', to: 'r2' })
  await until(third, ({ status }) => status === 'watching')
  expect((await yard.status()).environments[0]?.rollout).toMatchObject({ from: 'r2', to: 'r3' })
})

type Summary = Awaited<ReturnType<Yard['deploy']>>['rollout']

function untilEvidence(id: string): Promise<void> {
  return until(id, ({ evidence }) => evidence?.metrics.some(({ nC, nS }) => nC > 0 && nS > 0) === true)
}

async function until(id: string, isSo: (rollout: Summary) => boolean): Promise<void> {
  const client = await yard.agent()
  for await (const { rollout } of client.stream<{ rollout: Summary }>({
    path: `/v1/rollouts/${id}/news`,
    query: { after: 0, follow: 1 },
  })) {
    if (isSo(rollout)) return
    if (rollout.endedAt !== null) throw new Error(`rollout ${id} ended ${rollout.status}`)
  }
}
