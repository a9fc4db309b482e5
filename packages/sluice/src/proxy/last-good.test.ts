import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeProxyHome, type ProxyHome, proxyHome } from './home.ts'
import { readLastGood, writeLastGood } from './last-good.ts'
import { tableOf } from './processes.fixture.ts'

let home: ProxyHome

beforeEach(() => {
  home = proxyHome(mkdtempSync(join(tmpdir(), 'proxy-test-')))
  makeProxyHome(home)
})

afterEach(() => rmSync(home.folder, { recursive: true }))

test('finds nothing, and nothing to warn of, in a new home', async () => {
  expect(await readLastGood(home)).toEqual({ table: null, warnings: [] })
})

test('gives back the newest table', async () => {
  await writeLastGood(home, tableOf(1))
  await writeLastGood(home, tableOf(2))
  expect(await readLastGood(home)).toEqual({ table: tableOf(2), warnings: [] })
})

test('falls back to the table before when the newest is torn, and says so', async () => {
  await writeLastGood(home, tableOf(1))
  await writeLastGood(home, tableOf(2))
  writeFileSync(home.table, readFileSync(home.table).subarray(0, 100))
  const { table, warnings } = await readLastGood(home)
  expect(table).toEqual(tableOf(1))
  expect(warnings).toEqual([
    expect.stringContaining(home.table),
    'serving the table before the last one, epoch 1',
  ])
})

test('does not trust a table of which one digit has changed', async () => {
  await writeLastGood(home, tableOf(1))
  await writeLastGood(home, tableOf(2))
  writeFileSync(home.table, readFileSync(home.table, 'utf8').replace('"port":9', '"port":8'))
  expect((await readLastGood(home)).table).toEqual(tableOf(1))
})

test('does not serve a table that later versions wrote', async () => {
  await writeLastGood(home, tableOf(1))
  writeFileSync(home.table, readFileSync(home.table, 'utf8').replace('{"schema":1', '{"schema":2'))
  const { table, warnings } = await readLastGood(home)
  expect(table).toBeNull()
  expect(warnings).toEqual([
    expect.stringContaining('its schema is 2, ours is 1'),
    'no table could be read: nothing is served until one is applied',
  ])
})

test('serves the table before when the newest is missing', async () => {
  await writeLastGood(home, tableOf(1))
  await writeLastGood(home, tableOf(2))
  rmSync(home.table)
  const { table, warnings } = await readLastGood(home)
  expect([table?.epoch, warnings.length]).toEqual([1, 1])
})
