import assert from 'node:assert/strict'
import { test } from 'node:test'
import { post, serveApp } from '../app.fixture.js'

const token = 'a token of at least 32 characters'.replaceAll(' ', '-')

test('lets nobody into /admin without the token, nor anybody where there is none', async (t) => {
  const { get } = await serveApp(t, { ADMIN_TOKEN: token })
  const ask = async (authorization, method = 'GET') =>
    (await get('/admin/prices', { method, headers: authorization === '' ? {} : { authorization } })).status
  assert.equal(await ask(''), 401)
  assert.equal(await ask('Bearer wrong'), 401)
  assert.equal(await ask(`Bearer ${token}`), 200)
  assert.equal(await ask(`Bearer ${token}`, 'DELETE'), 204)
  const open = await serveApp(t)
  assert.equal(
    (await open.get('/admin/prices', { headers: { authorization: 'Bearer undefined' } })).status,
    401,
  )
})

test('names itself readable to the pages that are listed, and to no other', async (t) => {
  const { get } = await serveApp(t, { CORS_ORIGINS: 'https://shop.example, https://www.shop.example' })
  const allowed = async (origin) =>
    (await get('/products', { headers: { origin } })).headers.get('access-control-allow-origin')
  assert.equal(await allowed('https://www.shop.example'), 'https://www.shop.example')
  assert.equal(await allowed('https://evil.example'), null)
  assert.equal(await allowed('null'), null)
})

test('tells a caller who asks too much when to come again', async (t) => {
  const { get } = await serveApp(t, { RATE_LIMIT: '2' })
  const statuses = [await get('/'), await get('/'), await get('/')].map(({ status }) => status)
  assert.deepEqual(statuses, [200, 200, 429])
  assert.match((await get('/')).headers.get('retry-after'), /^\d+$/)
})

test('refuses what it cannot read, and shows nothing of its inside', async (t) => {
  const { get } = await serveApp(t)
  const broken = await get('/quotes', { ...post({}), body: '{"items":' })
  const huge = await get('/quotes', post({ items: 'x'.repeat(20_000) }))
  assert.deepEqual([broken.status, huge.status, (await get('/nothing')).status], [400, 413, 404])
  assert.doesNotMatch(await broken.text(), /node_modules|at /)
})
