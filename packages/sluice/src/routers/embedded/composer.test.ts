import { beforeEach, expect, test } from 'vitest'
import { SluiceError } from '../../errors.ts'
import type { ProxyClient } from '../../proxy/control-client.ts'
import { tableOf } from '../../proxy/processes.fixture.ts'
import type { EnvironmentRoute, Table } from '../../proxy/table.ts'
import { openComposer } from './composer.ts'

/** A supervisor of a few lines: keeps the newest table, fences, and can be made slow or unreachable. */
function openFakeProxy(first: Table) {
  const fake = {
    table: first,
    applied: [] as number[],
    isGone: false,
    held: null as Promise<void> | null,
    client: { call, close() {} } as ProxyClient,
  }

  async function call(method: string, params: { table?: unknown }): Promise<unknown> {
    if (fake.held !== null) await fake.held
    if (fake.isGone) throw new SluiceError('PROXY_UNREACHABLE', 'gone')
    if (method === 'status') return { epoch: fake.table.epoch, table: fake.table }
    const table = params.table as Table
    if (table.epoch < fake.table.epoch) throw new SluiceError('FENCED', 'older')
    fake.table = table
    fake.applied.push(table.epoch)
    return { epoch: table.epoch, workers: 2 }
  }

  return fake
}

function route(name: string, weightEpoch = 1): EnvironmentRoute {
  return { ...tableOf(1, [name]).environments[0]!, weightEpoch }
}

let proxy: ReturnType<typeof openFakeProxy>
beforeEach(() => {
  proxy = openFakeProxy(tableOf(7, ['shop/production']))
})

test('builds on the table that the proxy has', async () => {
  const composer = await openComposer(proxy.client)
  await composer.place('shop/staging', route('shop/staging'))
  expect(proxy.table.epoch).toBe(8)
  expect(proxy.table.environments.map(({ name }) => name)).toEqual(['shop/production', 'shop/staging'])
})

test('sends what was placed while a table was on its way as one table', async () => {
  const composer = await openComposer(proxy.client)
  const gate = Promise.withResolvers<void>()
  proxy.held = gate.promise
  const names = Array.from({ length: 20 }, (_, n) => `app${n}/production`)
  const placed = [composer.place('shop/staging', route('shop/staging'))]
  await Promise.resolve()
  await Promise.resolve()
  placed.push(...names.map((name) => composer.place(name, route(name))))
  gate.resolve()
  await Promise.all(placed)
  expect(proxy.applied.length).toBeLessThanOrEqual(2)
  expect(proxy.table.environments.length).toBe(22)
})

test('takes no new epoch for what is there already', async () => {
  const composer = await openComposer(proxy.client)
  await composer.place('shop/production', route('shop/production'))
  expect(proxy.applied).toEqual([7])
})

test('keeps what was wanted when the proxy could not be reached', async () => {
  const composer = await openComposer(proxy.client)
  proxy.isGone = true
  await expect(composer.place('shop/staging', route('shop/staging'))).rejects.toMatchObject({
    code: 'PROXY_UNREACHABLE',
  })
  expect(composer.servedAt('shop/staging', 7)).toEqual({ route: null, isNewest: false })
  proxy.isGone = false
  await composer.place('shop/production', route('shop/production', 2))
  expect(proxy.table.environments.map(({ name, weightEpoch }) => [name, weightEpoch])).toEqual([
    ['shop/production', 2],
    ['shop/staging', 1],
  ])
})

test('goes on top of a table that is newer than its own', async () => {
  const composer = await openComposer(proxy.client)
  proxy.table = tableOf(30)
  await composer.place('shop/staging', route('shop/staging'))
  expect(proxy.table.epoch).toBe(31)
  expect(composer.servedAt('shop/staging', 30)).toMatchObject({ isNewest: false })
  expect(composer.servedAt('shop/staging', 31)).toMatchObject({ isNewest: true })
})

test('knows what a worker serves that is some tables behind', async () => {
  const composer = await openComposer(proxy.client)
  await composer.place('shop/production', route('shop/production', 2))
  await composer.place('shop/staging', route('shop/staging'))
  await composer.place('shop/production', route('shop/production', 3))
  const at = (epoch: number) => composer.servedAt('shop/production', epoch)
  expect([at(7).route?.weightEpoch, at(7).isNewest]).toEqual([1, false])
  expect([at(9).route?.weightEpoch, at(9).isNewest]).toEqual([2, false])
  expect([at(10).route?.weightEpoch, at(10).isNewest]).toEqual([3, true])
})

test('is not disturbed by what other environments do', async () => {
  const composer = await openComposer(proxy.client)
  await composer.place('shop/staging', route('shop/staging'))
  expect(composer.servedAt('shop/production', 7).isNewest).toBe(true)
})
