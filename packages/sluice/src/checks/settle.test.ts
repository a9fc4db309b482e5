import { describe, expect, it } from 'vitest'
import {
  type Answer,
  type Check,
  fail,
  hint,
  type Method,
  notApplicable,
  pass,
  unknown,
  warn,
} from './check.ts'
import { lookAt } from './look.fixture.ts'
import { type Finding, settle } from './settle.ts'

const check = (more: Partial<Check> = {}): Check => ({
  id: 'APP-01',
  title: 'it holds',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static']],
  fix: 'Make it hold.',
  ...more,
})

const seen = [{ says: 'seen' }]
const good = pass('it holds', seen)
const bad = fail('it does not hold', seen)

interface Given extends Partial<Check> {
  answers?: Partial<Record<Method, Answer>>
  /** Of sluice.yaml, below `check`. */
  said?: string
  attestations?: string
}

async function settled({ answers = {}, said = '', attestations = '', ...more }: Given): Promise<Finding> {
  const look = await lookAt({
    'sluice.yaml': `app: shop\nrun: { command: node server.js }\ncheck: {${said}}\n`,
    'ops/attestations.yaml': attestations,
  })
  return settle(check(more), answers, look)
}

const statusOf = async (given: Given) => (await settled(given)).status

describe('what the methods answer', () => {
  it('passes only where what proves it has passed', async () => {
    expect(await statusOf({ answers: { static: good } })).toBe('pass')
    expect(await statusOf({ passes: [['static', 'probe']], answers: { static: good, probe: good } })).toBe(
      'pass',
    )
    expect(await statusOf({ passes: [['platform'], ['static']], answers: { static: good } })).toBe('pass')
  })

  it('forgets a word that another method has replaced, and no other', async () => {
    const given: Given = {
      passes: [
        ['static', 'platform'],
        ['static', 'executed'],
      ],
      replaces: { executed: 'platform' },
      answers: { static: good, platform: bad },
    }
    const { answers } = given
    expect(await statusOf(given)).toBe('fail')
    expect(await statusOf({ ...given, answers: { ...answers, executed: good } })).toBe('pass')
    expect(await statusOf({ ...given, answers: { ...answers, executed: unknown('not run') } })).toBe('fail')
    expect(await statusOf({ ...given, replaces: {}, answers: { ...answers, executed: good } })).toBe('fail')
  })

  it('is unknown, and never passed, where a method that it needs has not spoken', async () => {
    const finding = await settled({ passes: [['static', 'probe']], answers: { static: good } })
    expect(finding).toMatchObject({
      status: 'unknown',
      says: 'not known yet: sluice check --probe would settle it',
      isBlocking: true,
    })
    expect(await statusOf({})).toBe('unknown')
  })

  it('is unknown where a method that it needs could not tell', async () => {
    const answers = { static: good, probe: unknown('the app did not start') }
    expect(await settled({ passes: [['static', 'probe']], answers })).toMatchObject({
      status: 'unknown',
      says: 'the app did not start',
    })
  })

  it('warns where there is something better than nothing', async () => {
    const answers = { static: good }
    const finding = await settled({ passes: [['static', 'probe']], warns: [['static']], answers })
    expect(finding).toMatchObject({
      status: 'warn',
      says: 'it holds; not known yet: sluice check --probe would settle it',
      isBlocking: false,
    })
  })

  it('fails where one that was tried has failed, whatever was read', async () => {
    expect(await statusOf({ passes: [['static'], ['probe']], answers: { static: good, probe: bad } })).toBe(
      'fail',
    )
    expect(await statusOf({ passes: [['probe']], answers: { static: bad, probe: good } })).toBe('fail')
  })

  it('heeds a sign only where nothing else has spoken', async () => {
    expect(await statusOf({ answers: { static: hint(bad) } })).toBe('fail')
    expect(await statusOf({ passes: [['probe']], answers: { static: hint(bad), probe: good } })).toBe('pass')
    expect(await statusOf({ passes: [['probe']], answers: { static: hint(bad), probe: unknown('?') } })).toBe(
      'fail',
    )
  })

  it('holds in part where a part is weaker', async () => {
    expect(await statusOf({ answers: { static: warn('weak', seen) } })).toBe('warn')
  })

  it('does not concern an app of which every method says so', async () => {
    expect(await statusOf({ answers: { static: notApplicable('it has none') } })).toBe('na')
    const both = { static: notApplicable('nothing to read'), probe: good }
    expect(await statusOf({ passes: [['static', 'probe']], answers: both })).toBe('pass')
    const open = { static: notApplicable('nothing to read'), platform: unknown('no reply') }
    expect(await statusOf({ passes: [['static'], ['platform']], answers: open })).toBe('unknown')
  })
})

describe('what a person says', () => {
  const signed = (expires: string) =>
    `- { check: APP-01, who: Ann, when: 2026-11-01, link: "https://wiki.example/1", expires: ${expires} }\n`

  it('settles what no program can see, until its day', async () => {
    const attestable = { passes: [['attested']], attestedForDays: 90 } as const
    expect(await settled({ ...attestable, attestations: signed('2026-12-24') })).toMatchObject({
      status: 'pass',
      evidence: [{ says: 'Ann on 2026-11-01, until 2026-12-24: https://wiki.example/1', method: 'attested' }],
    })
    expect(await settled({ ...attestable, attestations: signed('2026-11-20') })).toMatchObject({
      status: 'unknown',
      says: 'the attestation of Ann has expired on 2026-11-20',
    })
  })

  it('holds no longer than the check lets it', async () => {
    const short = { passes: [['attested']], attestedForDays: 14, attestations: signed('2026-12-24') } as const
    expect(await statusOf(short)).toBe('unknown')
  })

  it('never outweighs what was seen to fail', async () => {
    const attestable = { passes: [['probe'], ['attested']], attestedForDays: 90 } as const
    expect(
      await statusOf({ ...attestable, attestations: signed('2026-12-24'), answers: { probe: bad } }),
    ).toBe('fail')
    const sign = { static: hint(bad) }
    expect(await statusOf({ ...attestable, attestations: signed('2026-12-24'), answers: sign })).toBe('pass')
  })

  it('counts for nothing where the check takes no signature', async () => {
    expect(await statusOf({ attestations: signed('2026-12-24') })).toBe('unknown')
  })

  it('may be that a check does not concern the app, unless it was tried and has failed', async () => {
    const said = 'notApplicable: { APP-01: limits are set at the CDN }'
    expect(await settled({ said, answers: { static: bad } })).toMatchObject({
      status: 'na',
      says: 'said in sluice.yaml: limits are set at the CDN',
      isBlocking: false,
    })
    expect(await statusOf({ said, answers: { probe: bad } })).toBe('fail')
  })
})

describe('what blocks', () => {
  const failing = { answers: { static: bad } }

  it.each([
    ['C', 'C', true],
    ['B', 'C', true],
    ['C', 'B', false],
    ['B', 'B', true],
    ['A', 'B', true],
    ['B', 'A', false],
    ['A', 'A', true],
  ] as const)('in tier %s a check that blocks from %s: %s', async (tier, blocksFrom, isBlocking) => {
    expect((await settled({ ...failing, said: `tier: ${tier}`, blocksFrom })).isBlocking).toBe(isBlocking)
  })

  it('never is a check that only warns', async () => {
    expect((await settled({ ...failing, said: 'tier: A', blocksFrom: null })).isBlocking).toBe(false)
  })

  it('does not for a while where somebody sees to it, and does again after that', async () => {
    const lenient = (expires: string) =>
      `lenient: { APP-01: { reason: in work, owner: Ann, expires: ${expires} } }`
    expect(await settled({ ...failing, said: lenient('2026-11-22') })).toMatchObject({
      status: 'fail',
      isBlocking: false,
      leniency: 'in work (Ann, until 2026-11-22)',
    })
    expect(await settled({ ...failing, said: lenient('2026-11-21') })).toMatchObject({
      isBlocking: true,
      leniency: null,
    })
  })
})
