import { createServer } from 'node:http'
import { catalogue } from '../src/catalogue.js'

/** Plays the price service on this machine: everything is a tenth cheaper. `npm run prices` listens on 4010. */
export function createPriceService() {
  const prices = [...catalogue.values()].map(({ id, listPrice }) => [id, Math.round(listPrice * 0.9)])
  return createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(Object.fromEntries(prices)))
  })
}

if (process.argv[1] === import.meta.filename) {
  createPriceService().listen(4010, '127.0.0.1', () => console.log('prices on http://127.0.0.1:4010'))
}
