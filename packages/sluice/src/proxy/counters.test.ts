import { expect, test } from 'vitest'
import { CounterBook } from './counters.ts'

test('keeps eight weight epochs apart and folds older ones into epoch 0', () => {
  const book = new CounterBook()
  for (let epoch = 1; epoch <= 11; epoch++) {
    const row = book.row('shop/test', 'r1', 'r1.1', epoch, 'users')
    row.countAnswer(epoch === 1 ? 500 : 200)
    row.countFirstByte(10)
    row.failedForUser++
  }
  book.foldEpochs('shop/test')
  const rows = book.rows('shop/test').sort((a, b) => a.weightEpoch - b.weightEpoch)
  expect(rows.map(({ weightEpoch }) => weightEpoch)).toEqual([0, 4, 5, 6, 7, 8, 9, 10, 11])
  expect(rows[0]).toMatchObject({
    requests: 3,
    status: [0, 0, 2, 0, 0, 1],
    firstByte: [[106, 3]],
    failedForUser: 3,
  })
})

test('a request that began before its row was folded is counted in the row it went to', () => {
  const book = new CounterBook()
  const row = book.row('shop/test', 'r1', 'r1.1', 1, 'users')
  book.foldInstance('shop/test', 'r1.1')
  for (let epoch = 2; epoch <= 9; epoch++) book.row('shop/test', 'r2', 'r2.1', epoch, 'users')
  book.foldEpochs('shop/test')
  row.current.countFailure('reset')
  expect(book.rows('shop/test').filter(({ release }) => release === 'r1')).toMatchObject([
    { instance: '*', weightEpoch: 0, requests: 1, failures: { reset: 1 } },
  ])
})

test('shows one environment alone, or all', () => {
  const book = new CounterBook()
  book.row('shop/test', 'r1', 'r1.1', 1, 'users').countAnswer(200)
  book.row('api/test', 'r1', 'r1.1', 1, 'synthetic').countAnswer(404)
  expect(book.rows('api/test')).toMatchObject([{ cohort: 'synthetic', status: [0, 0, 0, 0, 1, 0] }])
  expect(book.rows()).toHaveLength(2)
})
