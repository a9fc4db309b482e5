import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { test } from 'node:test'
import { createPriceService } from '../../tools/price-service.js'
import { listen } from '../app.fixture.js'

test('ends at once, and says why, where a variable is missing', async () => {
  const child = start({})
  const [code] = await once(child, 'close')
  assert.equal(code, 78)
  assert.match(child.printed(), /CURRENCY: wanted one of EUR, GBP, USD; it is not set/)
})

test('is ready only while there are prices, and alive all the time', async (t) => {
  const prices = createPriceService()
  const app = await startReady(t, { PRICES_URL: await listen(t, prices) })
  assert.deepEqual(await statuses(app), { '/livez': 200, '/readyz': 200 })
  prices.closeAllConnections()
  prices.close()
  await until(async () => (await statuses(app))['/readyz'] === 503)
  assert.deepEqual(await statuses(app), { '/livez': 200, '/readyz': 503 })
})

test('finishes what it has begun when it is told to end', async (t) => {
  const app = await startReady(t, {})
  const basket = JSON.stringify({ items: [{ id: 'cup', count: 2 }] })
  const headers = { 'content-type': 'application/json', 'content-length': basket.length }
  const slow = request(`${app.url}/quotes`, { method: 'POST', headers })
  const answered = once(slow, 'response')
  slow.write(basket.slice(0, -1))
  // The question itself is the other one.
  await until(async () => (await (await fetch(`${app.url}/metrics`)).text()).includes('in_flight 2'))
  app.child.kill('SIGTERM')
  await until(() =>
    fetch(app.url).then(
      () => false,
      () => true,
    ),
  )
  slow.end(basket.slice(-1))
  const [response] = await answered
  const [code] = await once(app.child, 'close')
  assert.deepEqual([response.statusCode, code], [200, 0])
})

async function startReady(t, variables) {
  const server = createServer()
  const url = await listen(t, server)
  // Free again for the child, which has no way to tell the port that it was given.
  server.close()
  const child = start({ CURRENCY: 'EUR', PORT: new URL(url).port, ...variables })
  t.after(() => child.kill('SIGKILL'))
  await until(() => child.printed().includes('listening'))
  return { child, url }
}

function start(variables) {
  const { PATH } = process.env
  const child = spawn(process.execPath, ['src/main.js'], {
    cwd: new URL('../..', import.meta.url),
    env: { PATH, ...variables },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
  }
  return Object.assign(child, { printed: () => text })
}

async function statuses({ url }) {
  const ask = async (path) => [path, (await fetch(`${url}${path}`)).status]
  return Object.fromEntries(await Promise.all(['/livez', '/readyz'].map(ask)))
}

async function until(isSo, limitMs = 5_000) {
  const endsAt = Date.now() + limitMs
  while (!(await isSo())) {
    if (Date.now() > endsAt) throw new Error(`not within ${limitMs} ms: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
