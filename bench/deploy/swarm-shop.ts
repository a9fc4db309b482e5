import type { SwarmNode } from '../../test/lab/swarm.ts'
import { startLoad } from '../load.ts'
import { appEnv } from './app-start.ts'
import { type Deployment, deployUnder, users } from './deployment.ts'
import { done, otherThan, type ShopImages, type ShopVersion } from './shop-images.ts'
import { openSwarmProxy, type ProxyCare } from './swarm-proxy.ts'

/** The example app as a service of Swarm with two replicas, behind HAProxy. */
export interface SwarmShop {
  /** Updates the service to the other version, under a load that comes through one of two HAProxies. */
  update(care: ProxyCare): Promise<Deployment>
}

interface SwarmShopOptions {
  node: SwarmNode
  images: ShopImages
  startMs: () => Promise<number>
  /** How often the image's HEALTHCHECK is asked, in place of what the image says. */
  healthInterval: string
}

const REPLICAS = 2

/** Starts the service and what stands in front of it. */
export async function openSwarmShop({
  node,
  images,
  startMs,
  healthInterval,
}: SwarmShopOptions): Promise<SwarmShop> {
  let version: ShopVersion = 'v1'

  for (const image of Object.values(images)) await done(node, ['pull', '--quiet', image])
  await done(node, ['network', 'create', '--driver', 'overlay', 'shop'])
  const service = ['--name', 'shop', '--replicas', String(REPLICAS), '--network', 'shop']
  // Without the kernel's IPVS a service has no address of its own that answers: its name stands for its replicas.
  const names = ['--endpoint-mode', 'dnsrr', '--no-resolve-image']
  const updates = ['--update-order', 'start-first', '--update-parallelism', '1']
  const health = ['--health-interval', healthInterval]
  const env = Object.entries(appEnv).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  await done(node, [
    'service',
    'create',
    ...service,
    ...names,
    ...updates,
    ...health,
    ...env,
    images[version],
  ])
  const proxies = {
    recipe: await openSwarmProxy(node, { care: 'recipe', replicas: REPLICAS }),
    careful: await openSwarmProxy(node, { care: 'careful', replicas: REPLICAS }),
  }

  return {
    async update(care) {
      const { url, settled } = proxies[care]
      await settled()
      const from = version
      version = otherThan(from)
      const load = startLoad({ url, ...users })
      const started = await startMs()
      const command = ['service', 'update', '--image', images[version], '--no-resolve-image', 'shop']
      return deployUnder({
        load,
        startMs: started,
        from,
        to: version,
        command: async () => void (await done(node, command)),
      })
    },
  }
}
