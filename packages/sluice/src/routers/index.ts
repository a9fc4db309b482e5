import type { RouterAbilities } from '../core/capabilities.ts'
import { embeddedAbilities } from './embedded/abilities.ts'
import { haproxyAbilities } from './haproxy/abilities.ts'
import { instancesAbilities } from './instances/abilities.ts'
import type { Router, RouterOptions } from './router.ts'

/** How a member is had when it is needed, so that nothing of the others is read. */
export interface RouterKind {
  can: RouterAbilities
  load(): Promise<(options: RouterOptions) => Promise<Router>>
}

/** What splits the traffic: one line per router. */
export const routers = {
  embedded: {
    can: embeddedAbilities,
    load: () =>
      import('./embedded/embedded.ts').then(
        (it) => (options) => it.openEmbeddedRouter({ ...options, home: options.homes.embedded }),
      ),
  },
  haproxy: {
    can: haproxyAbilities,
    load: () =>
      import('./haproxy/haproxy.ts').then(
        (it) =>
          ({ homes, haproxy, env }) =>
            it.openHaproxyRouter({ ...haproxy, home: homes.haproxy, env }),
      ),
  },
  instances: {
    can: instancesAbilities,
    load: () =>
      import('./instances/instances.ts').then(
        (it) =>
          ({ homes, instances, env }) =>
            it.openInstancesRouter({ settings: instances, home: homes.instances, env }),
      ),
  },
} satisfies Record<string, RouterKind>

export type RouterName = keyof typeof routers
