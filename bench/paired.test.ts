import { expect, test } from 'vitest'
import { compareFigure, comparePaired, conditions, type Side, spreadOf, tableOf } from './paired.ts'

test('runs ours, peer, peer, ours in each round, after a run of each that is thrown away', async () => {
  const order: string[] = []
  await comparePaired({
    unit: 'ms',
    ours: noting('A', order, () => 1),
    peer: noting('B', order, () => 1),
    rounds: 2,
  })
  expect(order.join('')).toBe(`AB${'ABBA'}${'ABBA'}`)
})

test('finds equal sides equal on a machine that grows steadily slower', async () => {
  let clock = 100
  const slower = () => clock++
  const { ratio } = await comparePaired({
    unit: 'ms',
    ours: noting('A', [], slower),
    peer: noting('B', [], slower),
    rounds: 5,
  })
  expect(ratio).toEqual({ median: 1, lowest: 1, highest: 1 })
})

test('takes the ratio within each round, so one disturbed round moves the range and not the median', async () => {
  // Per round: ours, peer, peer, ours; the third round met a machine four times slower on our side.
  const ours = inTurn([9, 10, 10, 20, 20, 40, 40])
  const peer = inTurn([9, 20, 20, 40, 40, 20, 20])
  const paired = await comparePaired({
    unit: 'ms',
    ours: noting('A', [], ours),
    peer: noting('B', [], peer),
    rounds: 3,
  })
  expect(paired.ratio).toEqual({ median: 0.5, lowest: 0.5, highest: 2 })
  expect(paired.ours).toEqual({ name: 'A', median: 20, lowest: 10, highest: 40 })
  expect(paired.peer).toEqual({ name: 'B', median: 20, lowest: 20, highest: 40 })
})

test('compares any one figure of runs that gave several', () => {
  const runs = {
    ours: {
      name: 'A',
      runs: [
        { ms: 1, lost: 0 },
        { ms: 3, lost: 1 },
      ],
    },
    peer: {
      name: 'B',
      runs: [
        { ms: 4, lost: 2 },
        { ms: 4, lost: 2 },
      ],
    },
  }
  expect(compareFigure(runs, 'ms', ({ ms }) => ms).ratio.median).toBe(0.5)
  expect(compareFigure(runs, 'lost', ({ lost }) => lost).ratio.median).toBe(0.25)
})

test('writes one row per comparison, with the median and the range', () => {
  const paired = {
    unit: 'req/s',
    ours: { name: 'sluice', median: 36_812.4, lowest: 34_200, highest: 40_200 },
    peer: { name: 'haproxy', median: 48_200, lowest: 45_300, highest: 50_000 },
    ratio: { median: 0.7637, lowest: 0.6841, highest: 12.345 },
  }
  expect(tableOf([paired])).toBe(
    [
      '| ours / peer      | unit  | ours: median (range)      | peer: median (range)      | ratio: median (range) |',
      '| ---------------- | ----- | ------------------------- | ------------------------- | --------------------- |',
      '| sluice / haproxy | req/s | 36,812 (34,200 to 40,200) | 48,200 (45,300 to 50,000) | 0.764 (0.684 to 12.3) |',
    ].join('\n'),
  )
})

test('takes the mean of the two in the middle as the median of an even number', () => {
  expect(spreadOf([4, 1, 3, 2]).median).toBe(2.5)
  expect(spreadOf([10, 9, 100]).median).toBe(10)
})

test('refuses to sum up nothing', () => {
  expect(() => spreadOf([])).toThrow('nothing was measured')
})

test('names the day, the machine and the Node that the figures come from', () => {
  const line = conditions(new Date('2026-11-22T10:00:00Z'))
  expect(line).toMatch(/^2026-11-22, \d+ × .+, load \d+\.\d, \w+ \S+, Node \d+\.\d+\.\d+$/)
})

function noting(name: string, order: string[], measure: () => number): Side {
  return {
    name,
    run: async () => {
      order.push(name)
      return measure()
    },
  }
}

function inTurn(values: number[]): () => number {
  return () => values.shift()!
}
