import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { isAlive, signalProcess } from '../../host/process-identity.ts'
import { connectProxy } from '../../proxy/control-client.ts'
import { ask } from '../../proxy/load.fixture.ts'
import { openProxyLab, realCode, until } from '../../proxy/processes.fixture.ts'
import { type RouterLab, routerSuite } from '../router.suite.ts'
import type { Router } from '../router.ts'
import { embeddedRouter } from './embedded.ts'

routerSuite('embedded', async (): Promise<RouterLab> => {
  const proxy = await openProxyLab({ workerCode: realCode })
  const apps: Server[] = []
  const open = async () => embeddedRouter(await connectProxy({ home: proxy.home }), { home: proxy.home })

  const lab: RouterLab = {
    router: await open(),

    async app(name) {
      const server = createServer((request, response) => {
        const query = new URL(request.url ?? '/', 'http://app').searchParams
        response.statusCode = Number(query.get('status') ?? 200)
        setTimeout(() => response.end(name), Number(query.get('ms') ?? 0))
      }).listen(0, '127.0.0.1')
      apps.push(server)
      await once(server, 'listening')
      return { host: '127.0.0.1', port: (server.address() as { port: number }).port }
    },

    ask: ({ settings }, path = '/') => ask({ port: proxy.port, host: settings.hosts[0]!, path }),

    async reopen(): Promise<Router> {
      await lab.router.close()
      lab.router = await open()
      return lab.router
    },

    async impatient() {
      return embeddedRouter(await connectProxy({ home: proxy.home }), { home: proxy.home, withinMs: 500 })
    },

    async hang() {
      const supervisor = proxy.supervisor()
      signalProcess(supervisor, 'SIGSTOP')
      return () => void signalProcess(supervisor, 'SIGCONT')
    },

    async refuse() {
      const supervisor = proxy.supervisor()
      signalProcess(supervisor, 'SIGKILL')
      await until(() => !isAlive(supervisor))
      return async () => void (await proxy.ensure())
    },

    async close() {
      await lab.router.close()
      for (const app of apps) app.close()
      for (const app of apps) app.closeAllConnections()
      await proxy.close()
    },
  }
  return lab
})
