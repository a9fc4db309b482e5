import { isAlive, signalProcess } from '../../host/process-identity.ts'
import { connectProxy } from '../../proxy/control-client.ts'
import { ask } from '../../proxy/load.fixture.ts'
import { openProxyLab, realCode, until } from '../../proxy/processes.fixture.ts'
import { openApps } from '../apps.fixture.ts'
import { type RouterLab, routerSuite } from '../router.suite.ts'
import type { Router } from '../router.ts'
import { embeddedAbilities } from './abilities.ts'
import { embeddedRouter } from './embedded.ts'

routerSuite('embedded', embeddedAbilities, async (): Promise<RouterLab> => {
  const proxy = await openProxyLab({ workerCode: realCode })
  const apps = openApps()
  const open = async () => embeddedRouter(await connectProxy({ home: proxy.home }), { home: proxy.home })

  const lab: RouterLab = {
    router: await open(),

    app: apps.app,
    asked: apps.asked,

    ask: ({ settings }, path = '/') => ask({ port: proxy.port, host: settings.hosts[0]!, path }),

    async reopen(): Promise<Router> {
      await lab.router.close()
      lab.router = await open()
      return lab.router
    },

    async impatient() {
      return embeddedRouter(await connectProxy({ home: proxy.home }), { home: proxy.home, withinMs: 2_000 })
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
      apps.close()
      await proxy.close()
    },
  }
  return lab
})
