import { setTimeout } from 'node:timers/promises'
import { SluiceError } from '../errors.ts'
import { type RouterLab, routerSuite } from '../routers/router.suite.ts'
import { openClock } from './clock.ts'
import { MemoryProxy, MemoryRouter } from './memory-router.fixture.ts'

routerSuite('memory', async (): Promise<RouterLab> => {
  const clock = openClock()
  const proxy = new MemoryProxy()
  let apps = 0
  return {
    router: new MemoryRouter(proxy, clock),
    app: async () => ({ host: '127.0.0.1', port: 10_000 + apps++ }),
    async ask({ environment }, path = '/') {
      const { searchParams } = new URL(path, 'http://localhost')
      const request = proxy.begin(environment)
      if (request === null) return { status: 503, body: '' }
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
