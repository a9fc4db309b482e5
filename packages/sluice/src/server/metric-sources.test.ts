import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { MemoryProxy, MemoryRouter } from '../runtime/memory-router.fixture.ts'
import { testClock } from '../runtime/test-clock.fixture.ts'
import { settingsOf } from '../runtime/world.fixture.ts'
import { MetricSources } from './metric-sources.ts'

test('an environment has its router’s counts and what its settings name, opened anew only when those change', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(new URL(request.url!, 'http://x').searchParams.get('query')!)
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } }))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const queries = [{ metric: 'checkout', bad: 'bad{r="$release"}', total: 'all{r="$release"}' }]
  const named = { name: 'prometheus', server: { url, tokenFile: null, timeoutMs: 10_000 }, queries }
  const sources = new MetricSources(new MemoryRouter(new MemoryProxy(), testClock()))
  try {
    const plain = await sources.of(settingsOf())
    expect(plain).toHaveLength(1)
    const both = await sources.of({ ...settingsOf(), sources: [named] })
    expect(both).toHaveLength(2)
    expect(await sources.of({ ...settingsOf(), sources: [named] })).toBe(both)
    await both[1]!.read({ environment: 'shop/production', releases: ['r8'] })
    expect(asked).toContain('all{r="r8"}')
  } finally {
    await sources.close()
    server.close()
    server.closeAllConnections()
  }
})
