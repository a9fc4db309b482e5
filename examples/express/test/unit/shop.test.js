import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { createPriceService } from '../../tools/price-service.js'
import { listen, post, serveApp } from '../app.fixture.js'

test('shows products at list prices where there is no price service', async (t) => {
  const { get } = await serveApp(t)
  const answer = await (await get('/products/cup')).json()
  assert.deepEqual(answer, { currency: 'EUR', id: 'cup', name: 'Cup', price: 790 })
  assert.equal((await get('/products/sofa')).status, 404)
})

test('shows products at the prices of the service', async (t) => {
  const { get } = await serveApp(t, { PRICES_URL: await listen(t, createPriceService()) })
  const { products } = await (await get('/products')).json()
  assert.deepEqual(
    products.map(({ price }) => price),
    [2610, 3105, 711],
  )
})

test('adds up what a basket costs', async (t) => {
  const { get } = await serveApp(t)
  const basket = {
    items: [
      { id: 'cup', count: 4 },
      { id: 'teapot', count: 1 },
    ],
  }
  assert.equal((await (await get('/quotes', post(basket))).json()).total, 4 * 790 + 3450)
})

for (const [basket, says] of [
  [{}, 'items: a list of 1 to 50 is wanted'],
  [{ items: [{ id: 'sofa', count: 1 }] }, 'items[0].id: there is no such product'],
  [{ items: [{ id: 'cup', count: 0.5 }] }, 'items[0].count: a whole number from 1 to 99 is wanted'],
]) {
  test(`refuses a basket, and says why: ${says}`, async (t) => {
    const { get } = await serveApp(t)
    const answer = await get('/quotes', post(basket))
    assert.equal(answer.status, 400)
    assert.equal((await answer.json()).error, says)
  })
}

test('sells nothing while prices are not known, and says when to come again', async (t) => {
  const { get } = await serveApp(t, { PRICES_URL: 'http://127.0.0.1:9' })
  const answer = await get('/quotes', post({ items: [{ id: 'cup', count: 1 }] }))
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '5'])
})

test('waits no longer for prices than it is told to', async (t) => {
  const silent = await listen(
    t,
    createServer(() => {}),
  )
  const { get } = await serveApp(t, { PRICES_URL: silent, PRICES_TIMEOUT: '20ms' })
  assert.equal((await get('/products')).status, 503)
})
