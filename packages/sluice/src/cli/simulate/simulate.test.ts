import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TrafficAnswer } from '../../server/contract.ts'
import { type FakeAgent, fakeAgent, type Routes } from '../fake-agent.fixture.ts'
import { keptIo } from '../io.fixture.ts'
import { runProgram } from '../program.ts'

const traffic: TrafficAnswer = {
  ...{ requestsPerSecond: 100, failedShare: 0.02, clientErrorShare: 0.05 },
  latency: { medianMs: 12, p99Ms: 80 },
  allowance: { phi: { errors: 1, clientErrors: 1 }, instanceSd: 0 },
}
const asked = 'GET /v1/environments/shop/production/traffic'

let folder: string
let agents: FakeAgent[]

beforeEach(async () => {
  agents = []
  folder = await mkdtemp(join(tmpdir(), 'sl-'))
  await strategy('canary: { steps: [10%], analyze: { for: 10m } }')
})
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.close()))
  await rm(folder, { recursive: true, force: true })
})

function strategy(text: string): Promise<void> {
  return writeFile(
    join(folder, 'sluice.yaml'),
    `app: shop\nrun: { command: node server.js }\nenvironments:\n  production:\n    instances: 3\n    strategy: { ${text} }\n`,
  )
}

/** `sluice simulate`, without an agent where it has nothing to say. */
async function simulate(words: string[], routes?: Routes) {
  let home = folder
  if (routes !== undefined) {
    const agent = await fakeAgent(routes)
    agents.push(agent)
    home = agent.home
  }
  const io = keptIo({ home, cwd: folder })
  const code = await runProgram(['simulate', '--runs', '5', ...words], io)
  return { code, printed: io.printed(), complained: io.complained() }
}

describe('a simulation', () => {
  it('shows what is assumed, and how each candidate fares', async () => {
    await strategy('canary: { steps: [10%], analyze: { for: 30m } }')
    const { code, printed } = await simulate(['--rps', '100', '--regression', 'x20'])
    const lines = printed.split('\n')
    expect(lines[0]).toBe('shop → production by canary, each candidate rehearsed 5 times, seed 1')
    expect(lines[1]).toMatch(/^ {2}requests +100\/s +as you say$/)
    expect(lines[2]).toMatch(/^ {2}failures +1 % +assumed: --baseline-error says otherwise$/)
    expect(printed).toMatch(/no change +0 % +100 % +0 %\n/)
    expect(printed).toMatch(/x20 failures +100 % +\d+ s +\d+ s +0 % +0 % +\d+\n/)
    expect(printed).toMatch(/An unchanged candidate is promoted after 1\d(\.\d)? min/)
    expect(printed).not.toContain('!')
    expect(code).toBe(0)
  })

  it('is the same with the same seed, and another with another', async () => {
    const words = ['--rps', '100', '--regression', 'x3', '+50%']
    const [first, again, other] = await Promise.all([
      simulate(words),
      simulate([...words, '--seed', '1']),
      simulate([...words, '--seed', '2']),
    ])
    expect(again.printed).toBe(first.printed)
    expect(other.printed.replace('seed 2', 'seed 1')).not.toBe(first.printed)
  })

  it('takes the traffic that the agent has seen, and lets options overrule it', async () => {
    const seen = await simulate(['--regression', 'x20'], { [asked]: { json: traffic } })
    expect(seen.printed).toMatch(/requests +100\/s +as it was lately\n/)
    expect(seen.printed).toMatch(/failures +2 % +as it was lately\n/)
    expect(seen.printed).toMatch(/answers +half within 12 ms, 99 % within 80 ms +as it was lately\n/)
    const told = await simulate(['--regression', 'x20', '--rps', '50', '--baseline-error', '3%'], {
      [asked]: { json: traffic },
    })
    expect(told.printed).toMatch(/requests +50\/s +as you say\n.*failures +3 % +as you say\n/)
  })

  it('reckons with a few failures where none were seen', async () => {
    const { printed } = await simulate(['--regression', 'x20'], {
      [asked]: { json: { ...traffic, failedShare: 0 } },
    })
    expect(printed).toMatch(/failures +0.1 % +none in the last half hour; reckoned with a few\n/)
  })

  it('of one that cannot see a doubling says so, and has rehearsed what could', async () => {
    const { printed } = await simulate(['--rps', '12', '--regression', 'x2'])
    expect(printed).toContain(
      '! x2 failures: caught in 0 of 5. It is watched for 10 min, and about 67 min are needed. Rehearsed as well:\n',
    )
    expect(printed).toMatch(
      /a single step of 50% for 30 min +caught in 5 of 5, after [\d.]+ min +unchanged promoted in [1-5] of 5, after [\d.]+ min\n/,
    )
    expect(printed).toContain('! No unchanged candidate was promoted by itself.')
  })

  it('of one that compares nothing says so', async () => {
    const { printed } = await simulate(['--rps', '12', '-s', 'blue-green', '--regression', 'x2'])
    expect(printed).toContain('! x2 failures: caught in 0 of 5. blue-green compares nothing;')
  })

  it('ends with what Ctrl-C says, and tells nothing half-rehearsed', async () => {
    const io = keptIo({ home: folder, cwd: folder })
    io.pressCtrlC()
    expect(await runProgram(['simulate', '--rps', '100'], io)).toBe(130)
    expect(io.printed()).not.toContain('no change')
  })

  it('is one line for a program', async () => {
    const { printed } = await simulate(['--rps', '8', '--steps', '5%,10%', '--json', '--runs', '2'])
    expect(printed.trimEnd().split('\n')).toHaveLength(1)
    const fate = {
      runs: 2,
      ...{ rolledBack: expect.any(Number), promoted: expect.any(Number), undecided: expect.any(Number) },
      rollback: { medianMs: null, p90Ms: null },
      promotion: { medianMs: null, p90Ms: null },
      harmed: expect.any(Number),
    }
    expect(JSON.parse(printed)).toMatchObject({
      ...{ kind: 'simulation', app: 'shop', environment: 'production', strategy: 'canary', runs: 2, seed: 1 },
      assumptions: {
        service: {
          requestsPerSecond: 8,
          failedShare: 0.01,
          clientErrorShare: 0.01,
          medianMs: 100,
          p99Ms: 320,
        },
        sources: {
          requestsPerSecond: 'option',
          failedShare: 'default',
          clientErrorShare: 'default',
          latency: 'default',
        },
      },
      unchanged: fate,
      regressions: [{ change: 'x1.5' }, { change: 'x2', fate }, { change: 'x5' }, { change: 'x20' }],
      blindness: { change: 'x2', foresight: { watchedMs: 600_000 }, proposals: expect.any(Array) },
    })
  })
})

describe('a simulation is refused', () => {
  it('where nobody knows how many requests there are, and why', async () => {
    const [none, never, silent] = [
      await simulate([]),
      await simulate([], {
        [asked]: {
          status: 400,
          error: { code: 'UNKNOWN_ENVIRONMENT', message: 'nothing was ever deployed' },
        },
      }),
      await simulate([], { [asked]: { json: { ...traffic, requestsPerSecond: 0 } } }),
    ]
    expect(none.complained).toBe(
      `✗ how many requests shop/production has is not known: no agent runs in ${folder}\n  Say how many there are in a second: sluice simulate --rps 50\n`,
    )
    expect(never.complained).toContain('is not known: shop/production was never deployed')
    expect(silent.complained).toContain('is not known: none came in the last ten minutes')
    expect([none.code, never.code, silent.code]).toEqual([2, 2, 2])
  })

  it.each([
    [['--rps', '0'], 'A number of requests above 0 is wanted'],
    [['--baseline-error', '1'], 'A share between 0.01% and 99.99% is wanted'],
    [['--regression', 'x1'], 'Wanted is x2'],
    [['--steps', '50%,10%'], 'Rising shares below 100% are wanted'],
    [['--runs', '0'], 'From 1 to 10000 are possible'],
    [['--rps', '10', '-s', 'rolling', '--steps', '10%'], '--steps are shares of a canary'],
    [['--rps', '10', '--env', 'prod'], 'no environment "prod"'],
  ])('with %j', async (words, answer) => {
    const { code, complained, printed } = await simulate(words)
    expect(complained).toContain(answer)
    expect(printed).toBe('')
    expect(code).toBe(2)
  })
})
