import { join } from 'node:path'
import { type RouterName, routers } from '../../routers/index.ts'
import type { Router, RouterOptions } from '../../routers/router.ts'
import type { Home } from '../../server/home.ts'
import type { Outside } from '../../server/outside.ts'
import { type TargetName, targets } from '../../targets/index.ts'
import type { Target } from '../../targets/target.ts'

/** The members of the registries, each opened once and closed with this. */
export function openOutside(home: Home, options: RouterOptions): Outside & { close(): Promise<void> } {
  const openedTargets = new Map<string, Promise<Target>>()
  const openedRouters = new Map<string, Promise<Router>>()
  return {
    can: ({ target, router }) => ({
      ...targets[target as TargetName].can,
      ...routers[router as RouterName].can,
    }),

    target: (name) =>
      once(openedTargets, name, async () => {
        const open = await targets[name as TargetName].load()
        // Where processes were kept before there were other targets.
        return open({ root: name === 'process' ? home.instances : join(home.root, name) })
      }),

    artifacts: (name) => targets[name as TargetName].loadArtifacts(),

    router: (name) =>
      once(openedRouters, name, async () => (await routers[name as RouterName].load())(options)),

    async close() {
      const opened = [...openedTargets.values(), ...openedRouters.values()]
      const found = await Promise.allSettled(opened)
      await Promise.all(found.map((one) => (one.status === 'fulfilled' ? one.value.close() : null)))
    },
  }
}

// What could not be opened may be the next time.
function once<T>(opened: Map<string, Promise<T>>, name: string, open: () => Promise<T>): Promise<T> {
  const known = opened.get(name)
  if (known !== undefined) return known
  const opening = open()
  opened.set(name, opening)
  opening.catch(() => opened.delete(name))
  return opening
}
