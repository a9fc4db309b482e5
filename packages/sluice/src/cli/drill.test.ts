import { afterEach, describe, expect, it } from 'vitest'
import type { DrillRecord, DrillResult } from '../runtime/drill-records.ts'
import { fact, production, rolledBack, status, succeeded } from './answers.fixture.ts'
import { type FakeAgent, fakeAgent, type Routes } from './fake-agent.fixture.ts'
import { keptIo } from './io.fixture.ts'
import { runProgram } from './program.ts'

const open: FakeAgent[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((agent) => agent.close()))
})

const DRILL = 'POST /v1/environments/shop/production/drill'
const caught: DrillResult = {
  ...{ fault: 'errors', rollout: '2f9c', outcome: 'caught', caughtBy: 'guard' },
  ...{ message: 'drill-r7 fails 72 % of its requests. And more', detectedMs: 520, undoneMs: 90 },
}
const missed: DrillResult = {
  ...{ fault: 'latency', rollout: '3a01', outcome: 'missed', caughtBy: null },
  ...{ message: 'not noticed', detectedMs: null, undoneMs: null },
}

function recordOf(...results: DrillResult[]): DrillRecord {
  return {
    ...{ environment: 'shop/production', at: 0, endedAt: 9_000, by: 'ann', release: 'r7', results },
    users: { requests: 1_204, failed: 0, retried: 0, toCopy: 0 },
  }
}

function linesOf(...results: DrillResult[]): object[] {
  return [
    {
      ...{ kind: 'drill', environment: 'shop/production', release: 'r7', copy: 'drill-r7' },
      faults: results.map(({ fault }) => fault),
    },
    ...results.flatMap((result) => [
      { kind: 'fact', fault: result.fault, fact: fact(0, 'done', 'provision', '1 × drill-r7 started') },
      { kind: 'result', result },
    ]),
    { kind: 'done', record: recordOf(...results) },
  ]
}

describe('drill', () => {
  it('tells each fault, then all of them in a table, and what users met', async () => {
    const { code, printed } = await run(['drill', '--yes'], { [DRILL]: { lines: linesOf(caught, missed) } })
    expect(printed).toBe(
      [
        'Drill of shop/production: drill-r7 is a copy of r7, which serves all users',
        '● errors       most of its answers to the drill become errors',
        '✓ errors       caught: drill-r7 fails 72 % of its requests',
        '● latency      its answers to the drill become slow',
        '✗ latency      missed: not noticed',
        '',
        '   fault    ended   noticed by  after   copy gone after  rollout',
        '✓  errors   caught  guard       520 ms  90 ms            2f9c',
        '✗  latency  missed  ·           ·       ·                3a01',
        '',
        '✓ users: 1,204 requests served by r7, none failed, none met the copy',
        '',
      ].join('\n'),
    )
    expect(code).toBe(11)
  })

  it.each([
    ['all was caught', [caught], 0],
    ['a person ended it', [{ ...caught, outcome: 'aborted' as const }], 12],
    ['something else went wrong', [caught, { ...caught, outcome: 'disturbed' as const }], 4],
    ['something was missed', [missed, { ...caught, outcome: 'aborted' as const }], 11],
  ])('ends with a code of its own where %s', async (_, results, code) => {
    expect((await run(['drill', '--yes'], { [DRILL]: { lines: linesOf(...results) } })).code).toBe(code)
  })

  it('that gave its broken copy to a user is a bug', async () => {
    const record = { ...recordOf(caught), users: { requests: 9, failed: 0, retried: 0, toCopy: 1 } }
    const { code, printed } = await run(['drill', '--yes'], {
      [DRILL]: { lines: [{ kind: 'done', record }] },
    })
    expect(code).toBe(70)
    expect(printed).toContain('! users: 9 requests served by r7, none failed, 1 met the copy')
  })

  it('does nothing without --yes, and says what it would do', async () => {
    const { code, printed, agent } = await run(['drill', '--only', 'crash,latency'], {})
    expect(code).toBe(2)
    expect(printed).toContain(
      'A drill of shop/production starts one copy of r7 beside it, 2 times, and breaks it:',
    )
    expect(agent.asked.map(({ what }) => what)).toEqual(['GET /v1/status'])
  })

  it('asks for the faults that were named, and refuses others by name', async () => {
    const { agent } = await run(['drill', '--yes', '--only', 'crash', '--by', 'ann', '--path', '/x'], {
      [DRILL]: { lines: linesOf(caught) },
    })
    expect(agent.asked.at(-1)?.body).toEqual({ faults: ['crash'], by: 'ann', path: '/x' })
    const { code, complained } = await run(['drill', '--yes', '--only', 'fire'], {})
    expect(code).toBe(2)
    expect(complained).toContain('"fire" is none of: errors, latency, crash, never-ready.')
  })

  it('gives a refusal of the agent its exit code', async () => {
    const error = { code: 'ROLLOUT_UNDER_WAY', message: 'A rollout is under way' } as const
    const { code } = await run(['drill', '--yes'], { [DRILL]: { lines: [{ kind: 'error', error }] } })
    expect(code).toBe(3)
  })
})

describe('history', () => {
  it('shows a drill that was caught as what was wanted, and one that was not as a failure', async () => {
    const drill = { kind: 'drill', to: 'drill-r7', strategy: 'drill' } as const
    const rollouts = [
      { ...rolledBack, ...drill },
      { ...succeeded, ...drill },
    ]
    const { printed } = await run(['history'], { 'GET /v1/history': { json: { rollouts } } })
    expect(printed).toMatch(/✓ .* drill +rolled back on .*\n✗ .* drill +not caught/)
  })
})

describe('status', () => {
  it('tells of the last drill in a line', async () => {
    const lastDrill = { at: Date.UTC(2026, 10, 22, 12), faults: 4, caught: 4 }
    const routes = { 'GET /v1/status': { json: status({ ...production, lastDrill }) } }
    expect((await run(['status'], routes)).printed).toContain('last drill: 2026-11-22, 4 of 4 caught')
  })
})

async function run(words: string[], routes: Routes) {
  const agent = await fakeAgent({ 'GET /v1/status': { json: status(production) }, ...routes })
  open.push(agent)
  const io = keptIo({ home: agent.home })
  return { code: await runProgram(words, io), printed: io.printed(), complained: io.complained(), agent }
}
