import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  beginning,
  canaryPlan,
  fact,
  news,
  production,
  rolledBack,
  staging,
  status,
  succeeded,
  summary,
} from './answers.fixture.ts'
import { type FakeAgent, fakeAgent, type Routes } from './fake-agent.fixture.ts'
import { type IoSettings, type KeptIo, keptIo } from './io.fixture.ts'
import { runProgram } from './program.ts'

const NEWS = 'GET /v1/rollouts/2f9c/news'
const open: FakeAgent[] = []
const folders: string[] = []

beforeAll(() => {
  process.env.TZ = 'UTC'
})

afterEach(async () => {
  await Promise.all(open.splice(0).map((agent) => agent.close()))
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

describe('deploy', () => {
  const good = [
    news(1, [fact(500, 'done', 'provision', '2 × r8 started')], summary()),
    news(2, [fact(700, 'done', 'settle', '2 of 2 of r8 ready')], summary()),
    news(
      3,
      [fact(800, 'done', 'shift', '100 % → r8'), fact(800, 'done', 'end', 'r8 is live after 0.8 s')],
      succeeded,
    ),
  ]

  it('tells a good rollout, one line per fact', async () => {
    const { code, io } = await run(['deploy', '/apps/shop'], {
      'POST /v1/deploy': { lines: beginning },
      [NEWS]: { lines: good },
    })
    expect(io.printed()).toBe(
      [
        'shop → production on this machine (process, 2 instances, embedded router)',
        '  strategy  blue-green      recommended: two copies fit, and there is too little traffic to judge a canary',
        '✓ 0.1 s   release        r8 from /apps/shop, 41 files, 212 kB',
        '  rollout   2f9c: r7 → r8',
        '✓ 0.5 s   provision      2 × r8 started',
        '✓ 0.7 s   settle         2 of 2 of r8 ready',
        '✓ 0.8 s   shift          100 % → r8',
        '● serving at http://shop-production.localhost:8080/',
        'r8 is live after 0.8 s. 1,204 requests met it meanwhile, none of them failed.',
        '',
      ].join('\n'),
    )
    expect(io.complained()).toBe('')
    expect(code).toBe(0)
  })

  it('asks the agent for what the options say', async () => {
    const words = [
      'deploy',
      'app',
      '--env',
      'staging',
      '-s',
      'canary',
      '--release',
      'r3',
      '--supersede',
      '--by',
      'ci',
    ]
    const { agent } = await run(words, { 'POST /v1/deploy': { lines: beginning }, [NEWS]: { lines: good } })
    expect(agent.asked[0]?.body).toEqual({
      folder: join(agent.home, 'app'),
      environment: 'staging',
      strategy: 'canary',
      release: 'r3',
      supersede: true,
      by: 'ci',
    })
  })

  it('shows what was wanted, found and is to do when a release never became ready', async () => {
    const failure = fact(
      1_500,
      'failed',
      'settle',
      'r8 never became ready. wanted GET http://127.0.0.1:41807/readyz to answer 2xx within 150 s of start; found connection refused, 148 times',
      {
        todo: 'Listen on process.env.PORT, or set run.port: 3000 in sluice.yaml.',
        details: ['last lines of r8-0-1, stdout:', '  listening on 3000'],
      },
    )
    const { code, io } = await run(['deploy'], {
      'POST /v1/deploy': { lines: beginning },
      [NEWS]: {
        lines: [
          news(1, [failure], summary({ status: 'undoing' })),
          news(2, [fact(1_700, 'done', 'shift', '100 % → r7')], summary({ status: 'undoing' })),
          news(3, [fact(2_000, 'failed', 'end', 'rolled back after 2 s: r7 serves all')], rolledBack),
        ],
      },
    })
    expect(io.printed().split('\n').slice(4)).toEqual([
      '✗ 1.5 s   settle         r8 never became ready',
      '  wanted   GET http://127.0.0.1:41807/readyz to answer 2xx within 150 s of start',
      '  found    connection refused, 148 times',
      '  do       Listen on process.env.PORT, or set run.port: 3000 in sluice.yaml.',
      '    last lines of r8-0-1, stdout:',
      '      listening on 3000',
      '✓ 1.7 s   shift          100 % → r7',
      'rolled back after 2 s: r7 serves all. r8 never had traffic: nothing has changed for users.',
      '→ sluice explain 2f9c      → sluice logs r8',
      '',
    ])
    expect(code).toBe(10)
  })

  it('is refused while another rollout is under way, with the ways on', async () => {
    const error = {
      code: 'ROLLOUT_UNDER_WAY' as const,
      message: 'a rollout is under way: r8 by canary at 25 %, started 12 min ago (rollout 2f9c)',
      todo: 'wait for it        sluice status --watch\nend it             sluice abort',
    }
    const { code, io } = await run(['deploy'], { 'POST /v1/deploy': { lines: [{ kind: 'error', error }] } })
    expect(io.complained()).toBe(
      [
        '✗ a rollout is under way: r8 by canary at 25 %, started 12 min ago (rollout 2f9c)',
        '  wait for it        sluice status --watch',
        '  end it             sluice abort',
        '',
      ].join('\n'),
    )
    expect(code).toBe(3)
  })

  it('starts no agent for a wrong key, and says where it stands', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sl-'))
    folders.push(folder)
    await writeFile(join(folder, 'sluice.yaml'), 'app: shop\nrun: { command: node x.js }\ninstance: 4\n')
    const home = join(folder, 'home')
    const io = keptIo({ home, cwd: folder, agentProgram: ['-e', 'process.exit(99)'] })
    expect(await runProgram(['deploy'], io)).toBe(2)
    expect(io.complained()).toMatch(
      /^✗ sluice.yaml has a problem\n {4}sluice.yaml:3:1 {2}unknown key "instance"/,
    )
  })

  it('goes on after the last line it saw when the stream breaks', async () => {
    const { code, io, agent } = await run(['deploy'], {
      'POST /v1/deploy': { lines: beginning },
      [NEWS]: [
        { lines: good.slice(0, 1), ending: 'break' },
        { lines: good.slice(1), ending: 'end' },
      ],
    })
    expect(agent.asked.filter(({ what }) => what === NEWS).map(({ query }) => query)).toEqual([
      'follow=1',
      'after=1&follow=1',
    ])
    expect(io.complained()).toBe(
      '! The connection to the agent broke; traffic is not touched by that. Connecting again.\n',
    )
    expect(io.printed().match(/provision/g)).toHaveLength(1)
    expect(code).toBe(0)
  })

  it('does not take a line of the past for the end because the rollout is over by now', async () => {
    const past = good.map((line) => ({ ...line, rollout: succeeded }))
    const { io } = await run(['deploy'], { 'POST /v1/deploy': { lines: beginning }, [NEWS]: { lines: past } })
    expect(io.printed()).toContain('r8 is live after 0.8 s.')
  })

  it('says that nothing moved when the agent goes away while it builds', async () => {
    const { code, io } = await run(['deploy'], {
      'POST /v1/deploy': { lines: beginning.slice(0, 2), ending: 'break' },
    })
    expect(io.complained()).toContain('the agent went away before the rollout began; traffic is not touched')
    expect(code).toBe(4)
  })

  it('returns at once with --no-wait, and says how to come back', async () => {
    const { code, io } = await run(['deploy', '--no-wait'], {
      'POST /v1/deploy': { lines: beginning },
      [NEWS]: { lines: good.slice(0, 1), ending: 'stay' },
    })
    expect(io.printed()).toContain(
      '● The rollout of r8 goes on without this window (rollout 2f9c).\n→ sluice status --watch',
    )
    expect(code).toBe(0)
  })

  it('leaves at a gate with exit code 13 when told to', async () => {
    const waiting = summary({ waitsFor: 'move all traffic to r8' })
    const { code, io } = await run(['deploy', '--leave-at-gate'], {
      'POST /v1/deploy': { lines: beginning },
      [NEWS]: { lines: [...good.slice(0, 1), news(2, [], waiting)], ending: 'stay' },
    })
    expect(io.printed()).toContain('→ sluice promote      → sluice abort')
    expect(code).toBe(13)
  })

  it('leaves the rollout running on Ctrl-C', async () => {
    const { code, io } = await run(
      ['deploy'],
      { 'POST /v1/deploy': { lines: beginning }, [NEWS]: { lines: good.slice(0, 1), ending: 'stay' } },
      { onPrint: (text, kept) => text.includes('provision') && kept.pressCtrlC() },
    )
    expect(io.printed()).toContain('The rollout of r8 goes on without this window')
    expect(code).toBe(130)
  })

  it('prints nothing but JSON objects with a kind for programs', async () => {
    const { io } = await run(['deploy', '--json'], {
      'POST /v1/deploy': { lines: beginning },
      [NEWS]: { lines: good },
    })
    const kinds = io
      .printed()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).kind)
    expect(kinds).toEqual(['planned', 'fact', 'rollout', 'news', 'news', 'news'])
  })

  it('gives programs the error as an object too', async () => {
    const { code, io } = await run(['deploy', '--json'], {
      'POST /v1/deploy': { status: 422, error: { code: 'ENV_INVALID', message: 'PORT is reserved' } },
    })
    expect(JSON.parse(io.printed())).toEqual({
      kind: 'error',
      error: { code: 'ENV_INVALID', message: 'PORT is reserved' },
    })
    expect(code).toBe(2)
  })

  it('redraws the going step in place on a terminal, and leaves the record behind', async () => {
    const going = summary({
      strategy: 'canary',
      weights: { r7: 9_000, r8: 1_000 },
      step: { index: 4, count: 9, text: 'watch for 15 min', kind: 'analyze' },
      counts: { candidate: { requests: 120, bad: 5 }, stable: { requests: 1_080, bad: 0 } },
    })
    const { io } = await run(
      ['deploy'],
      {
        'POST /v1/deploy': { lines: beginning },
        [NEWS]: {
          lines: [
            ...good.slice(0, 1),
            news(2, [fact(900, 'going', 'analyze', 'watch for 15 min')], going),
            ...good.slice(2),
          ],
        },
      },
      { terminal: true, env: { NO_COLOR: '1' } },
    )
    const drawn = io.printed()
    expect(drawn).toContain('● 0.0 s   analyze        watch for 15 min   step 5 of 9, for 0.0 s\n')
    expect(drawn).toContain(`    r7    ${'█'.repeat(27)}    90 %     1,080 requests, none failed\n`)
    expect(drawn).toContain(`    r8    ███${' '.repeat(27)} 10 %     120 requests, 5 failed\n`)
    expect(drawn).toMatch(/\x1b\[\dA\x1b\[J✓ 0\.8 s {3}shift/)
    expect(drawn).toMatch(/none of them failed\.\n$/)
  })
})

describe('deploy on a terminal', () => {
  it('shows below the step what a person can say while it waits, and keeps no record of that', async () => {
    const waiting = summary({
      waitsFor: 'move all traffic to r8',
      step: { index: 2, count: 5, text: '', kind: 'gate' },
    })
    const { io } = await run(
      ['deploy', '--leave-at-gate'],
      { 'POST /v1/deploy': { lines: beginning }, [NEWS]: { lines: [news(1, [], waiting)], ending: 'stay' } },
      { terminal: true, env: { NO_COLOR: '1' } },
    )
    expect(io.printed()).toMatch(
      /! 0\.0 s {3}gate {11}move all traffic to r8 .*\n(.*\n){2} {4}→ sluice promote/,
    )
    expect(io.printed()).not.toMatch(/\n→ sluice promote/)
  })
})

describe('commands that look', () => {
  it('show who has which traffic and what is going on', async () => {
    const { code, io } = await run(['status'], { 'GET /v1/status': { json: status(production, staging) } })
    expect(io.printed()).toBe(
      [
        'shop',
        '  production   r7 ███████████████████▊ 99 %   r8 ▎ 1 %   http://shop.example.com/',
        '               12,040 requests, 3 failed, 2 retried   4 of 4 + 3 of 4 instances ready',
        '               ● r7 → r8 by canary: step 6 of 18: watch for 15 min   for 0.0 s by ada@laptop, rollout 2f9c',
        '  staging      r8 100 %   since 00:00   http://shop-staging.localhost:8080/',
        '               no requests counted yet   1 of 1 + 1 of 1 instances ready',
        '               r7 stays warm until 00:11 for a quick rollback',
        '',
      ].join('\n'),
    )
    expect(code).toBe(0)
  })

  it('keep the preview token to themselves until asked', async () => {
    const routes = { 'GET /v1/status': { json: status(production) } }
    expect((await run(['status'], routes)).io.printed()).not.toContain('secret-token')
    expect((await run(['status', '--preview'], routes)).io.printed()).toContain(
      'preview  http://preview--shop.example.com/?sluice_token=secret-token',
    )
  })

  it('show rates with --watch, until Ctrl-C', async () => {
    const later = { ...production, totals: { ...production.totals, requests: 12_040 } }
    const { io, code } = await run(
      ['status', '--watch'],
      { 'GET /v1/status': [{ json: status(production) }, { json: status(later) }] },
      { onPrint: (text, kept) => text.includes('0.0 req/s') && kept.pressCtrlC() },
    )
    expect(io.printed()).toContain('0.0 req/s   12,040 requests')
    expect(code).toBe(130)
  })

  it('start no agent, and say that none runs', async () => {
    const home = await mkdtemp(join(tmpdir(), 'sl-'))
    folders.push(home)
    for (const words of [['status'], ['history'], ['logs'], ['explain', '2f9c']]) {
      const io = keptIo({ home, agentProgram: ['-e', 'process.exit(99)'] })
      expect(await runProgram(words, io)).toBe(0)
      expect(io.printed()).toMatch(/^No agent runs in /)
    }
  })

  it('list the rollouts and how they ended', async () => {
    const rollouts = [succeeded, { ...rolledBack, id: '11aa', from: null }]
    const { io } = await run(['history'], { 'GET /v1/history': { json: { rollouts } } })
    expect(io.printed()).toBe(
      [
        '   rollout  started  environment      releases  strategy    ended                  took   by',
        '✓  2f9c     00:01    shop/production  r7 → r8   blue-green  succeeded              0.8 s  ada@laptop',
        '✗  11aa     00:01    shop/production  · → r8    blue-green  rolled back on health  2.0 s  ada@laptop',
        '',
      ].join('\n'),
    )
  })

  it('explain a rollout by its journal', async () => {
    const entries = [
      { seq: 3, at: 100_700, event: {}, facts: [fact(700, 'done', 'settle', '2 of 2 of r8 ready')] },
      {
        seq: 9,
        at: 101_500,
        event: {},
        facts: [fact(1_500, 'failed', 'analyze', 'r8 fails 60 %', { todo: 'look' })],
      },
    ]
    const { io } = await run(['explain', '2f'], {
      'GET /v1/rollouts/2f/explain': {
        json: { rollout: rolledBack, entries, replays: true, analysis: null },
      },
    })
    expect(io.printed()).toBe(
      [
        'r7 → r8 by blue-green, shop/production, 1970-01-01 00:01:40 … 00:01:42, by ada@laptop: rolled back on health',
        ' 00:01:40       +700 ms  ✓ settle         2 of 2 of r8 ready',
        ' 00:01:41     +1,500 ms  ✗ analyze        r8 fails 60 %',
        '     look',
        ' r8 0 requests, 0 failed · r7 0 requests, 0 failed',
        ' recomputed from the journal: the same state ✓',
        '',
      ].join('\n'),
    )
  })

  it('explain the newest rollout of the environment where none is named', async () => {
    const { code, io, agent } = await run(['explain', '--env', 'staging'], {
      'GET /v1/status': { json: status(production, staging) },
      'GET /v1/history': {
        json: { rollouts: [summary({ id: 'd411', kind: 'drill' }), { ...succeeded, id: '77ab' }] },
      },
      'GET /v1/rollouts/77ab/explain': {
        json: { rollout: succeeded, entries: [], replays: true, analysis: null },
      },
    })
    expect(agent.asked[1]?.query).toBe('app=shop&environment=staging&limit=20')
    expect(io.printed()).toContain('r7 → r8 by blue-green')
    expect(code).toBe(0)
  })

  it('have nothing to explain where nothing was ever rolled out', async () => {
    const { code, io } = await run(['explain'], {
      'GET /v1/status': { json: status(production) },
      'GET /v1/history': { json: { rollouts: [] } },
    })
    expect(io.complained()).toBe('✗ no rollout of shop/production was ever begun\n  sluice deploy\n')
    expect(code).toBe(3)
  })

  it('print the lines of the instances', async () => {
    const line = { at: 100_000, instance: 'r8-0-1', release: 'r8', stream: 'stdout', line: 'listening' }
    const { io, agent } = await run(['logs', 'r8', '-n', '5'], {
      'GET /v1/status': { json: status(production) },
      'GET /v1/environments/shop/production/logs': { lines: [line] },
    })
    expect(io.printed()).toBe('00:01:40  r8-0-1  listening\n')
    expect(agent.asked.at(-1)?.query).toBe('lines=5&release=r8')
  })
})

describe('plan', () => {
  it('says what will happen, what it costs, and what the others would', async () => {
    const { io } = await run(['plan'], { 'POST /v1/plan': { json: canaryPlan } })
    expect(io.printed()).toBe(
      [
        'shop → production: r7 → r8 by canary',
        '  #  step                                               time',
        '  1  provision 4 × r8',
        '  2  settle 4 of r8 ready                               as the app takes, at most 10 min',
        '  3  shift 1 % → r8, analyze                            15 min',
        '  4  gate wait for a person to approve: go on from 1 %  as a person takes',
        '  5  shift 100 % → r8',
        '  expected: 15 min, and at the peak 4 more beside the 4 running',
        '  after: r7 stays warm for 10 min, then it is retired',
        'If it is worse: traffic goes back to r7, which still runs, at once; nobody is asked.',
        'Configuration: LOG_LEVEL (changed), FEATURE_X (new).',
        '  compared    done in  more instances  a bad release meets',
        '  rolling     8 s      1               50 % of users        both releases serve at once           recommended',
        '  blue-green  cannot                                        blue-green runs two releases at once',
        '→ canary      15 min   4               1 % of users         both releases serve at once',
        '  recreate    8 s      0               100 % of users       users wait meanwhile',
        'Recommended: rolling, because twice the instances do not fit into memory.',
        '',
      ].join('\n'),
    )
  })
})

describe('commands that steer', () => {
  const known = { 'GET /v1/status': { json: status(staging, production) } }
  const act = (action: string) => `POST /v1/environments/shop/production/${action}`

  it('speak to production where the app has several environments', async () => {
    const { code, io, agent } = await run(['promote', '--full', '--by', 'ada'], {
      ...known,
      [act('promote')]: { json: { rollout: summary() } },
    })
    expect(io.printed()).toBe('✓ promoted in full: r8 by blue-green in shop/production (rollout 2f9c)\n')
    expect(agent.asked.at(-1)?.body).toEqual({ full: true, by: 'ada' })
    expect(code).toBe(0)
  })

  it('end well after an abort, because that was asked for', async () => {
    const aborted = {
      ...rolledBack,
      reason: { kind: 'person', message: 'aborted by ada', details: [] },
    } as const
    const { code } = await run(['abort'], {
      ...known,
      [act('abort')]: { json: { rollout: summary() } },
      [NEWS]: { lines: [news(1, [], { ...aborted, reason: { ...aborted.reason, details: [] } })] },
    })
    expect(code).toBe(0)
  })

  it('say with exit code 11 that a rollback could not be completed', async () => {
    const { code, agent } = await run(['rollback', 'r7'], {
      ...known,
      [act('rollback')]: { json: { rollout: summary({ kind: 'rollback' }) } },
      [NEWS]: { lines: [news(1, [], { ...rolledBack, kind: 'rollback' })] },
    })
    expect(agent.asked[1]?.body).toMatchObject({ release: 'r7' })
    expect(code).toBe(11)
  })

  it('name the known environments when the wanted one is not there', async () => {
    const { code, io } = await run(['pause', '--env', 'stagin'], known)
    expect(io.complained()).toBe(
      '✗ no environment of shop is called "stagin" here; known are: staging, production\n  Did you mean staging?\n',
    )
    expect(code).toBe(2)
  })

  it('bring up what is deployed, and nothing else', async () => {
    const empty = { ...staging, id: 'shop/empty', name: 'empty', stable: null }
    const { code, io } = await run(['up'], {
      'GET /v1/status': { json: status(production, empty) },
      [act('up')]: { json: { rollout: null } },
    })
    expect(io.printed()).toBe('✓ shop/production is up: r7 at http://shop.example.com/\n')
    expect(code).toBe(0)
  })
})

describe('down', () => {
  it('stops everything, and returns when the agent is gone', async () => {
    const agent = await fakeAgent({ 'POST /v1/shutdown': { json: {} } })
    const io = keptIo({ home: agent.home })
    const ended = runProgram(['down', '--drain', '2s'], io)
    await expect
      .poll(() => agent.asked, { timeout: 10_000 })
      .toEqual([{ what: 'POST /v1/shutdown', query: '', body: { drainMs: 2_000 } }])
    expect(io.printed()).toBe('')
    await agent.close()
    expect(await ended).toBe(0)
    expect(io.printed()).toBe('✓ Everything is stopped. The state is kept; start it again with: sluice up\n')
  })

  it('is left by Ctrl-C while the agent goes on stopping', async () => {
    const agent = await fakeAgent({ 'POST /v1/shutdown': { lines: [], ending: 'stay' } })
    const io = keptIo({ home: agent.home })
    const ended = runProgram(['down'], io)
    await expect.poll(() => agent.asked, { timeout: 10_000 }).toHaveLength(1)
    io.pressCtrlC()
    expect(await ended).toBe(130)
    expect(io.printed()).toBe('The agent goes on stopping everything. How far it is: sluice status\n')
    await agent.close()
  })

  it('says its default in the units that it takes', async () => {
    const io = keptIo({ home: tmpdir() })
    expect(await runProgram(['down', '--help'], io)).toBe(0)
    expect(io.printed()).toContain('(default: 10s)')
  })

  it('stops one environment alone where it is named, and leaves the agent', async () => {
    const { code, io, agent } = await run(['down', '--env', 'staging'], {
      'GET /v1/status': { json: status(staging) },
      'POST /v1/environments/shop/staging/down': { json: { rollout: null } },
    })
    expect(io.printed()).toBe('✓ shop/staging is down. Start it again with: sluice up\n')
    expect(agent.asked.map(({ what }) => what)).not.toContain('POST /v1/shutdown')
    expect(code).toBe(0)
  })
})

describe('a bug', () => {
  it('is called one, with its stack and where to report it, and exit code 70', async () => {
    const { code, io } = await run(['history'], { 'GET /v1/history': { json: { rollouts: 'none' } } })
    expect(io.complained()).toMatch(
      /^✗ A bug in Sluice: .*\n {2}Please report it to the issue tracker of Sluice/,
    )
    expect(io.complained()).toContain('    at ')
    expect(code).toBe(70)
  })
})

describe('words that Sluice does not know', () => {
  it.each([
    [['statsu'], "✗ unknown command 'statsu'\n(Did you mean status?)"],
    [['deploy', '--stratgy', 'x'], "✗ unknown option '--stratgy'\n(Did you mean --strategy?)"],
    [['deploy', '--strategy', 'x'], 'Allowed choices are rolling, blue-green, canary, recreate.'],
    [['logs', '-n', 'many'], 'A whole number is wanted.'],
  ])('%j is answered with the nearest known ones and exit code 2', async (words, answer) => {
    const io = keptIo({ home: '/nowhere' })
    expect(await runProgram(words, io)).toBe(2)
    expect(io.complained()).toContain(answer)
  })

  it('are not needed to see the help', async () => {
    const io = keptIo({ home: '/nowhere' })
    expect(await runProgram([], io)).toBe(0)
    expect(io.printed()).toContain('deploy         release a folder, or an earlier release')
    expect(io.printed()).not.toContain('agent ')
  })
})

interface RunSettings extends Partial<IoSettings> {
  onPrint?: (text: string, io: KeptIo) => unknown
}

async function run(words: string[], routes: Routes, { onPrint, ...settings }: RunSettings = {}) {
  const agent = await fakeAgent(routes)
  open.push(agent)
  const io = keptIo({ home: agent.home, ...settings })
  const { write } = io.out
  io.out.write = (text) => {
    write(text)
    onPrint?.(text, io)
  }
  return { code: await runProgram(words, io), io, agent }
}
