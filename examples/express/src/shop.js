import { Router } from 'express'
import { catalogue } from './catalogue.js'
import { refusal } from './errors.js'

const MOST_ITEMS = 50
const MOST_OF_ONE = 99

/** What everybody may ask: products, and what a basket costs. */
export function shopRoutes({ prices, currency }) {
  const routes = Router()

  routes.get('/products', async (request, response) => {
    const current = await prices.current(request.ids)
    response.json({ currency, products: [...catalogue.values()].map((one) => shown(one, current)) })
  })

  routes.get('/products/:id', async (request, response) => {
    const product = catalogue.get(request.params.id)
    if (product === undefined) throw refusal(404, 'there is no such product')
    response.json({ currency, ...shown(product, await prices.current(request.ids)) })
  })

  routes.post('/quotes', async (request, response) => {
    const items = itemsIn(request.body)
    const current = await prices.current(request.ids)
    const lines = items.map(({ id, count }) => ({ id, count, amount: count * current.get(id) }))
    response.json({ currency, lines, total: lines.reduce((sum, { amount }) => sum + amount, 0) })
  })

  return routes
}

function shown({ id, name }, current) {
  return { id, name, price: current.get(id) }
}

/** The basket of a request. Throws a refusal with 400 that says what is wrong with it. */
function itemsIn(body) {
  const items = body?.items
  if (!Array.isArray(items) || items.length < 1 || items.length > MOST_ITEMS)
    throw refusal(400, `items: a list of 1 to ${MOST_ITEMS} is wanted`)
  return items.map((item, index) => {
    if (!catalogue.has(item?.id)) throw refusal(400, `items[${index}].id: there is no such product`)
    if (!Number.isInteger(item.count) || item.count < 1 || item.count > MOST_OF_ONE)
      throw refusal(400, `items[${index}].count: a whole number from 1 to ${MOST_OF_ONE} is wanted`)
    return { id: item.id, count: item.count }
  })
}
