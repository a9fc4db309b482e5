import { expect, test } from 'vitest'
import type { CounterRow, WorkerReading } from '../../proxy/control.ts'
import { routerCounts } from './counts.ts'

function row(more: Partial<CounterRow>): CounterRow {
  return {
    environment: 'shop/production',
    release: 'r7',
    instance: 'r7-0-1',
    weightEpoch: 3,
    cohort: 'users',
    requests: 0,
    status: [0, 0, 0, 0, 0, 0],
    failures: {},
    aborted: 0,
    retried: 0,
    failedForUser: 0,
    cut: 0,
    firstByte: [],
    lastByte: [],
    cold: 0,
    bytesIn: 0,
    bytesOut: 0,
    ...more,
  }
}

function boot(name: string, rows: CounterRow[]): WorkerReading {
  return { boot: name, ended: false, lost: false, epoch: 9, rows, gauges: [], unrouted: 0 }
}

test('adds the instances of a release up, and keeps weight epochs and boots apart', () => {
  const first = boot('a', [
    row({
      instance: 'r7-0-1',
      requests: 5,
      firstByte: [
        [3, 2],
        [10, 1],
      ],
    }),
    row({
      instance: 'r7-1-1',
      requests: 7,
      firstByte: [
        [3, 4],
        [-107, 1],
      ],
    }),
    row({ weightEpoch: 4, requests: 1 }),
  ])
  const { boots } = routerCounts([first, boot('b', [row({ requests: 2 })])])
  expect(boots.map(({ boot, arms }) => [boot, Object.keys(arms)])).toEqual([
    ['a', ['r7@3', 'r7@4']],
    ['b', ['r7@3']],
  ])
  expect(boots[0]!.arms['r7@3']).toMatchObject({
    requests: 12,
    latency: [
      [-107, 1],
      [3, 6],
      [10, 1],
    ],
  })
})

test('blames a release for its errors and silences, and not for requests that it never got', () => {
  const failures = {
    refused: 1,
    reset: 2,
    badHead: 4,
    timeout: 8,
    truncated: 16,
    noInstance: 32,
    queueFull: 64,
  }
  const { boots } = routerCounts([
    boot('a', [row({ status: [0, 0, 200, 30, 40, 500], failures, aborted: 6 })]),
  ])
  expect(boots[0]!.arms['r7@3']).toMatchObject({ bad: 531, clientErrors: 40, aborted: 6 })
})

test('takes no synthetic request for evidence', () => {
  const { boots, totals } = routerCounts([
    boot('a', [row({ cohort: 'synthetic', requests: 9, failedForUser: 9 })]),
  ])
  expect(boots).toEqual([{ boot: 'a', arms: {} }])
  expect(totals).toEqual({ requests: 0, failed: 0, retried: 0, aborted: 0 })
})

test('tells the synthetic requests apart where they are asked for, and mixes in no user', () => {
  const readings = [
    boot('a', [row({ requests: 90 }), row({ cohort: 'synthetic', requests: 9, status: [0, 0, 5, 0, 0, 4] })]),
  ]
  const { boots, totals } = routerCounts(readings, 'synthetic')
  expect(boots[0]!.arms['r7@3']).toMatchObject({ requests: 9, bad: 4 })
  expect(totals).toMatchObject({ requests: 9, failed: 4 })
  expect(routerCounts(readings).totals).toMatchObject({ requests: 90, failed: 0 })
})

test('tells what users met over all releases and boots', () => {
  const rows = [
    row({ requests: 5, failedForUser: 1, retried: 2, aborted: 1 }),
    row({ release: 'r8', requests: 4, status: [0, 0, 2, 0, 0, 2] }),
  ]
  const { totals } = routerCounts([boot('a', rows), boot('b', [row({ requests: 1, retried: 1 })])])
  expect(totals).toEqual({ requests: 10, failed: 3, retried: 3, aborted: 1 })
})
