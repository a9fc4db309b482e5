import { setTimeout as sleep } from 'node:timers/promises'
import { catalogue } from './catalogue.js'
import { refusal } from './errors.js'

const KEPT_MS = 5_000
const RETRY_AFTER_MS = 50

/**
 * Current prices by product, in hundredths. Asked of the price service at most once in five seconds, with a time limit and
 * one retry; without a service they are the list prices.
 */
export function createPrices({ url, timeoutMs }) {
  let kept = { prices: null, askedAt: -Infinity }

  async function current(ids) {
    if (url === undefined) return listPrices()
    if (performance.now() - kept.askedAt < KEPT_MS) return kept.prices
    try {
      kept = { prices: await askTwice(ids), askedAt: performance.now() }
      return kept.prices
    } catch (cause) {
      throw Object.assign(refusal(503, 'prices are not known at the moment', { 'Retry-After': '5' }), {
        cause,
      })
    }
  }

  // A second try after a random pause, so that many instances do not all come back at the same moment.
  async function askTwice(headers) {
    try {
      return await ask({ headers })
    } catch {
      await sleep(RETRY_AFTER_MS * (1 + Math.random()))
      return ask({ headers })
    }
  }

  async function ask({ headers = {}, signal }) {
    const limit = AbortSignal.timeout(timeoutMs)
    const response = await fetch(new URL('/prices', url), {
      headers,
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    })
    if (!response.ok) throw new Error(`the price service answers ${response.status}`)
    return asPrices(await response.json())
  }

  return {
    /** Throws a refusal with 503 where they are not to be had. `ids` are the headers that the request is followed by. */
    current,
    /** For health: past what is kept, and with no second try. */
    ping: async ({ signal }) => void (await ask({ signal })),
    forget: () => {
      kept = { prices: null, askedAt: -Infinity }
    },
    source: () => (url === undefined ? 'list' : 'service'),
    ageMs: () => (kept.prices === null ? null : Math.round(performance.now() - kept.askedAt)),
  }
}

function listPrices() {
  return new Map([...catalogue.values()].map(({ id, listPrice }) => [id, listPrice]))
}

// What comes from elsewhere is not believed: a price that is no price must not become an amount.
function asPrices(body) {
  const prices = new Map(Object.entries(body ?? {}))
  for (const id of catalogue.keys()) {
    const price = prices.get(id)
    if (!Number.isSafeInteger(price) || price < 0) throw new Error(`the price service has no price for ${id}`)
  }
  return prices
}
