import { expect, test } from 'vitest'
import { type LogLine, parseLine } from './log-line.ts'
import { book, cutOf, lostLines, newTally, routerCounts } from './tally.ts'

const shop = 'shop/production'

function line(more: Partial<LogLine> = {}): LogLine {
  return {
    pid: 7,
    number: 0,
    environment: shop,
    release: 'r7',
    weightEpoch: 3,
    cohort: 'users',
    instance: 'r7-0-1',
    status: 200,
    end: '-',
    retries: 0,
    firstByteMs: 1,
    isEndless: false,
    ...more,
  }
}

function counted(lines: Partial<LogLine>[], isCold = false) {
  const tally = newTally('a')
  for (const one of lines) book(tally, line(one), isCold)
  return { tally, ...routerCounts([tally], shop) }
}

test('reads a line as HAProxy writes it, and nothing else that it says', () => {
  const text = 'R 41 9 shop_2fproduction r7 3 u r7-0-1 200 ---- +1 2716 -'
  expect(parseLine(text)).toEqual(line({ pid: 41, number: 9, retries: 1, firstByteMs: 2.716 }))
  expect(parseLine('Server s0/a is UP/READY (leaving forced maintenance).')).toBeNull()
  expect(parseLine(`${text} more`)).toBeNull()
})

test.each([
  ['an answer', {}, { requests: 1, bad: 0, clientErrors: 0 }, { failed: 0 }],
  ['a 404', { status: 404 }, { requests: 1, bad: 0, clientErrors: 1 }, { failed: 0 }],
  ['a 500 of the app', { status: 500 }, { requests: 1, bad: 1, clientErrors: 0 }, { failed: 1 }],
  ['half an answer', { end: 'S' }, { requests: 1, bad: 1, clientErrors: 0 }, { failed: 1 }],
  ['nobody there', { status: 503, end: 'S', instance: null }, { requests: 1, bad: 0 }, { failed: 1 }],
  ['a refusal of ours', { status: 503, end: 'L', instance: null }, { requests: 1, bad: 0 }, { failed: 1 }],
  ['one saved by a retry', { retries: 1 }, { requests: 1, bad: 1 }, { failed: 0, retried: 1 }],
  ['a client that left', { end: 'C', status: -1 }, { requests: 0, aborted: 1 }, { requests: 0, aborted: 1 }],
  ['a closed event stream', { end: 'C', isEndless: true }, { requests: 1, aborted: 0 }, { failed: 0 }],
])('counts %s', (_, what, arm, totals) => {
  const found = counted([what])
  expect(found.boots[0]!.arms['r7@3']).toMatchObject(arm)
  expect(found.totals).toMatchObject(totals)
})

test('counts what a drain deadline cut apart, and no tunnel as a failure', () => {
  const { tally, boots, totals } = counted([{ end: 'K' }, { end: 'K', isEndless: true, status: 101 }])
  expect(boots[0]!.arms).toEqual({})
  expect(totals).toEqual({ requests: 0, failed: 1, retried: 0, aborted: 0 })
  expect(cutOf([tally], shop)).toEqual({ r7: 2 })
})

test('measures good answers of warm instances, and takes a timeout for the slowest', () => {
  const slow = { end: 's', status: 504, firstByteMs: null }
  const { boots } = counted([
    {},
    { status: 404 },
    { status: 500 },
    { retries: 1 },
    slow,
    { firstByteMs: 100 },
  ])
  expect(boots[0]!.arms['r7@3']!.latency).toEqual([
    [-1, 1],
    [212, 1],
    [539, 1],
  ])
  expect(counted([{}], true).boots[0]!.arms['r7@3']!.latency).toEqual([])
})

test('tells the halves of a release apart by the slots of its instances', () => {
  const { boots, instances } = counted([{}, { instance: 'r7-1-4', status: 500 }])
  expect(boots[0]!.arms['r7@3']).toMatchObject({ requests: 2, odd: { requests: 1, bad: 1, clientErrors: 0 } })
  expect(instances).toEqual([
    { id: 'r7-0-1', release: 'r7', requests: 1, bad: 0 },
    { id: 'r7-1-4', release: 'r7', requests: 1, bad: 1 },
  ])
})

test('keeps eight epochs apart and forgets when the others were, but not what', () => {
  const { boots } = counted(Array.from({ length: 12 }, (_, n) => ({ weightEpoch: n + 1 })))
  const arms = Object.entries(boots[0]!.arms).map(([arm, { requests }]) => [arm, requests])
  expect(Object.fromEntries(arms)).toMatchObject({ 'r7@0': 4, 'r7@5': 1, 'r7@12': 1 })
  expect(arms).toHaveLength(9)
})

test('keeps synthetic requests from those of users', () => {
  const { tally, totals } = counted([{ cohort: 'synthetic' }, { cohort: 'drill' }, {}])
  expect(totals.requests).toBe(1)
  expect(routerCounts([tally], shop, 'synthetic').totals.requests).toBe(2)
})

test('knows how many lines nobody has read, over all that have read', () => {
  const first = counted([{ number: 0 }, { number: 1 }, { number: 4 }]).tally
  const second = counted([{ number: 7 }, { pid: 8, number: 0 }]).tally
  expect(lostLines([first, second])).toEqual({ lost: 4, written: 9 })
})
