import { expect, test } from 'vitest'
import type { HealthOptions } from './settings.ts'
import { readSettings } from './settings.ts'

const run = () => {}

test('waits for two periods of the readiness probe, and is done before 30 seconds are over', () => {
  const { times } = readSettings({ version: '1' })
  expect(times).toEqual({ delayMs: 20_000, graceMs: 9_000, spreadMs: 4_500 })
})

test('does not wait where traffic has moved before', () => {
  expect(readSettings({ version: '1', drain: { delayMs: 0, periodMs: 5000 } }).times.delayMs).toBe(0)
})

test.each<[string, Partial<HealthOptions>, string]>([
  [
    'two checks of one name',
    {
      checks: [
        { name: 'db', run },
        { name: 'db', run },
      ],
    },
    'two of the name db',
  ],
  ['a name that health+json cannot hold', { checks: [{ name: 'a:b', run }] }, 'without ":"'],
  [
    'no limit',
    { checks: [{ name: 'db', run, timeoutMs: Number.POSITIVE_INFINITY }] },
    'timeoutMs of the check db',
  ],
  ['a negative wait', { drain: { delayMs: -1 } }, 'drain.delayMs'],
  ['one path for two questions', { paths: { live: '/up', ready: '/up' } }, 'two of the name /up'],
  ['a path that is none', { paths: { live: 'livez' } }, 'paths.live'],
])('refuses %s at the start', (_what, options, message) => {
  expect(() => readSettings({ version: '1', ...options })).toThrow(message)
})
