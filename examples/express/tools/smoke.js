import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { json } from 'node:stream/consumers'

// Asks a release that no user sees yet for what must work; Sluice runs this before it moves traffic (`smoke` in sluice.yaml).
const preview = new URL(process.env.SLUICE_PREVIEW_URL)

const { products } = await ask('GET', '/products')
const [{ id, price }] = products
const { total } = await ask('POST', '/quotes', JSON.stringify({ items: [{ id, count: 2 }] }))
assert.equal(total, 2 * price)
console.log(`two of ${id} cost ${total}`)

async function ask(method, path, body) {
  const asking = request(new URL(path, preview), {
    method,
    headers: {
      host: preview.host,
      'content-type': 'application/json',
      'x-sluice-token': process.env.SLUICE_PREVIEW_TOKEN,
    },
    // Names below localhost are this machine (RFC 6761), and not every resolver knows that.
    hostname: preview.hostname.endsWith('.localhost') ? '127.0.0.1' : preview.hostname,
    signal: AbortSignal.timeout(5_000),
  })
  asking.end(body)
  const [response] = await once(asking, 'response')
  assert.equal(response.statusCode, 200, `${method} ${path} answers ${response.statusCode}`)
  return json(response)
}
