import { afterEach, expect, test } from 'vitest'
import {
  environment,
  get,
  Opened,
  openClient,
  openHttpApp,
  openProxy,
  release,
  settled,
  tell,
  turns,
} from './proxy.fixture.ts'
import type { DrillRoute, EnvironmentRoute } from './table.ts'
import { validateTable } from './table-check.ts'

const opened = new Opened()
afterEach(() => opened.close())

const PREVIEW = 'preview-preview-preview'
const DRILL = 'drill-drill-drill-drill'
const fault: DrillRoute = { token: DRILL, release: 'drill-r7', errorShare: 1, delayMs: 0 }

async function openShop(status = 200) {
  const app = await opened.add(
    openHttpApp((request, response) => {
      response.statusCode = status
      response.end(status === 204 ? undefined : `<served ${JSON.stringify(request.headers)}>`)
    }),
  )
  const proxy = await opened.add(openProxy())
  const route = (drill?: DrillRoute): EnvironmentRoute =>
    environment([release('drill-r7', 0, app.port), release('r7', 10_000, app.port)], {
      weightEpoch: 7,
      preview: { hosts: ['preview--shop.test'], token: PREVIEW, release: 'drill-r7' },
      ...(drill === undefined ? {} : { drill }),
    })
  return { proxy, route }
}

/** A request to the preview address, with the tokens that are named. */
function ask(of: string, tokens: { preview?: string; drill?: string }): string {
  const lines = [
    `X-Sluice-Release: ${of}`,
    ...(tokens.preview === undefined ? [] : [`X-Sluice-Token: ${tokens.preview}`]),
    ...(tokens.drill === undefined ? [] : [`X-Sluice-Drill: ${tokens.drill}`]),
  ]
  return get('/', ...lines).replace('shop.test', 'preview--shop.test')
}

const both = { preview: PREVIEW, drill: DRILL }

test("makes up errors for the drill's requests to its copy, and counts them as synthetic", async () => {
  const { proxy, route } = await openShop()
  proxy.serve(route(fault))
  expect(await tell(proxy.port, ask('drill-r7', both))).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/)
  expect(proxy.row('drill-r7')).toMatchObject({
    cohort: 'synthetic',
    requests: 1,
    status: [0, 0, 0, 0, 0, 1],
    weightEpoch: 7,
  })
})

test("breaks no request without the drill's token, none to another release, and no user's", async () => {
  const { proxy, route } = await openShop()
  proxy.serve(route(fault))
  const healthy = /^HTTP\/1\.1 200 OK\r\n/
  expect(await tell(proxy.port, ask('drill-r7', { preview: PREVIEW }))).toMatch(healthy)
  expect(await tell(proxy.port, ask('drill-r7', { preview: PREVIEW, drill: 'x'.repeat(20) }))).toMatch(
    healthy,
  )
  expect(await tell(proxy.port, ask('r7', both))).toMatch(healthy)
  expect(await tell(proxy.port, ask('drill-r7', { drill: DRILL }))).toMatch(/^HTTP\/1\.1 404 /)
  const user = await tell(proxy.port, get('/', `X-Sluice-Drill: ${DRILL}`, 'X-Sluice-Release: drill-r7'))
  expect(user).toMatch(healthy)
  const users = proxy.proxy.read().rows.filter(({ cohort }) => cohort === 'users')
  expect(users).toMatchObject([{ release: 'r7', requests: 1, status: [0, 0, 1, 0, 0, 0] }])
})

test('makes up nothing any more once the table is without the drill', async () => {
  const { proxy, route } = await openShop()
  proxy.serve(route(fault))
  expect(await tell(proxy.port, ask('drill-r7', both))).toMatch(/^HTTP\/1\.1 500 /)
  proxy.serve(route())
  expect(await tell(proxy.port, ask('drill-r7', both))).toMatch(/^HTTP\/1\.1 200 /)
})

test('hides the tokens of a drill from the app', async () => {
  const { proxy, route } = await openShop()
  proxy.serve(route(fault))
  expect(await tell(proxy.port, ask('r7', both))).not.toMatch(/x-sluice|drill-drill|preview-preview/)
})

test('says where a made-up error ends although the answer had no body', async () => {
  const { proxy, route } = await openShop(204)
  proxy.serve(route(fault))
  const client = openClient(proxy.port)
  const again = ask('drill-r7', both).replace('Connection: close', 'Connection: keep-alive')
  client.send(again)
  await client.sees(/^HTTP\/1\.1 500 .*content-length: 0\r\n.*\r\n\r\n$/is)
  client.send(again)
  await client.sees(/500 .*500 /s)
  client.socket.destroy()
})

test('delays the answers of the copy by the time that is wanted, and counts it though the copy is cold', async () => {
  const { proxy, route } = await openShop()
  proxy.serve(route({ ...fault, errorShare: 0, delayMs: 300 }))
  const slow = openClient(proxy.port)
  slow.send(ask('drill-r7', both))
  await turns()
  proxy.pass(290)
  expect(await tell(proxy.port, ask('r7', both))).toMatch(/^HTTP\/1\.1 200 /)
  expect(slow.text).toBe('')
  proxy.pass(20)
  expect(await slow.closed()).toMatch(/^HTTP\/1\.1 200 /)
  const [, count] = proxy.row('drill-r7').firstByte[0]!
  expect(count).toBe(1)
  expect(proxy.row('drill-r7')).toMatchObject({ cold: 0 })
  expect(proxy.row('r7').firstByte).toHaveLength(1)
})

test('forgets a delayed request whose client has gone', async () => {
  const { proxy, route } = await openShop()
  proxy.serve(route({ ...fault, errorShare: 0, delayMs: 300 }))
  const slow = openClient(proxy.port)
  slow.send(ask('drill-r7', both))
  await turns()
  slow.socket.resetAndDestroy()
  await turns()
  proxy.pass(1_000)
  expect(await settled(() => proxy.proxy.read().rows.length)).toBe(0)
})

test.each<[string, Partial<DrillRoute>, Partial<EnvironmentRoute>]>([
  ['a release with traffic', { release: 'r7' }, {}],
  ['a token that can be guessed', { token: 'x' }, {}],
  ['more errors than answers', { errorShare: 2 }, {}],
  ['a delay without end', { delayMs: 1e9 }, {}],
  ['no preview address', {}, { preview: null }],
])('refuses a table whose drill has %s', async (_, wrong, elsewhere) => {
  const { route } = await openShop()
  const table = (drill: DrillRoute, more: object) => ({
    schema: 1,
    epoch: 1,
    environments: [{ ...route(drill), ...more }],
  })
  expect(() => validateTable(table(fault, {}))).not.toThrow()
  expect(() => validateTable(table({ ...fault, ...wrong }, elsewhere))).toThrow(/drill/)
})
