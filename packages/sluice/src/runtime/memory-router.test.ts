import { setTimeout } from 'node:timers/promises'
import { SluiceError } from '../errors.ts'
import { type RouterLab, routerSuite } from '../routers/router.suite.ts'
import { openClock } from './clock.ts'
import { MemoryProxy, MemoryRouter, memoryAbilities } from './memory-router.fixture.ts'

routerSuite('memory', memoryAbilities, async (): Promise<RouterLab> => {
  const clock = openClock()
  const proxy = new MemoryProxy()
  let apps = 0
  const counts = new Map<string, number>()
  return {
    router: new MemoryRouter(proxy, clock),
    app: async () => ({ host: '127.0.0.1', port: 10_000 + apps++ }),
    asked: (name) => counts.get(name) ?? 0,
    async ask({ environment }, path = '/') {
      const { searchParams } = new URL(path, 'http://localhost')
      const request = proxy.begin(environment)
      if (request === null) return { status: 503, body: '' }
      counts.set(request.instance, (counts.get(request.instance) ?? 0) + 1)
      const [status, ms] = [Number(searchParams.get('status') ?? 200), Number(searchParams.get('ms') ?? 0)]
      if (ms > 0) await setTimeout(ms)
      request.end(status)
      return { status, body: request.instance }
    },
    reopen: async () => new MemoryRouter(proxy, clock),
    impatient: async () => new MemoryRouter(proxy, clock, 50),
    async hang() {
      const { promise, resolve } = Promise.withResolvers<void>()
      proxy.hold = promise
      return resolve
    },
    async refuse() {
      proxy.refusal = new SluiceError('PROXY_UNREACHABLE', 'refused')
      return async () => {
        proxy.refusal = null
      }
    },
    close: async () => {},
  }
})
