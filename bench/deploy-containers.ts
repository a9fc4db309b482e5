import { openYard, quick } from '../test/e2e/yard.ts'
import { missingPrograms } from '../test/lab/command.ts'
import { openEngine } from '../test/lab/engine.ts'
import { openRegistry, whyNoRegistry } from '../test/lab/registry.ts'
import { openSwarm } from '../test/lab/swarm.ts'
import { findCompose, openComposeShop } from './deploy/compose-shop.ts'
import { containerStartMs } from './deploy/container-start.ts'
import type { Deployment } from './deploy/deployment.ts'
import { reportOf } from './deploy/report.ts'
import { otherThan, type ShopVersion, shopImages } from './deploy/shop-images.ts'
import { type Measured, sluiceDeploy, startsOf } from './deploy/sluice-deploy.ts'
import { openSwarmShop } from './deploy/swarm-shop.ts'
import { conditions, type Runs, runPaired, type Side } from './paired.ts'

// From the command to the last answer of the old version for the same app in containers, beside what Docker's own tools
// take. Every image is there already, by its digest: nobody builds, pulls, or asks a registry while the time runs.

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7)

const missing = whyNoRegistry()
if (missing !== null) console.log(`skipped: containers: ${missing}`)
else await measure()

async function measure(): Promise<void> {
  await using ending = new AsyncDisposableStack()
  const swarm = await openSwarm({ nodes: 1 })
  ending.defer(swarm.close)
  const registry = await openRegistry({ address: swarm.address })
  ending.defer(registry.close)
  const engine = await openEngine({ flags: ['--insecure-registry', registry.host] })
  ending.defer(engine.close)
  const images = await shopImages(engine, registry.host)
  const yard = await openYard({ place: { target: 'docker', router: 'embedded', engine: engine.host } })
  ending.defer(yard.close)
  const starts = startsOf((count) => containerStartMs(engine, images.v1, count))

  const peers: { peer: Side<Deployment>; strategies: Measured[] }[] = []
  if (missingPrograms(['haproxy']).length > 0) console.log('skipped: service update: apt-get install haproxy')
  else {
    const node = swarm.nodes[0]!
    const shop = await openSwarmShop({ node, images, startMs: starts['blue-green'], healthInterval: '1s' })
    const careful = { name: 'service update, careful', run: () => shop.update('careful') }
    // The command is the same; what differs is what the users notice.
    const recipe = { name: 'service update, recipe', run: () => shop.update('recipe') }
    peers.push({ peer: careful, strategies: ['blue-green', 'rolling'] })
    peers.push({ peer: recipe, strategies: ['rolling'] })
  }
  const compose = await findCompose(engine)
  if (compose !== null) {
    const startMs = () => containerStartMs(engine, images.v1, 1)
    const shop = await openComposeShop({ engine, compose, images, startMs })
    ending.defer(shop.close)
    const peer = { name: `${compose.join(' ')} up`, run: shop.up }
    peers.push({ peer, strategies: ['blue-green', 'rolling'] })
  }

  let version: ShopVersion = 'v1'
  /** Names the other image in sluice.yaml and deploys that. */
  function deploy(strategy: Measured): Promise<Deployment> {
    const environment = { strategy: quick[strategy] }
    return sluiceDeploy(yard, {
      change: () => {
        version = otherThan(version)
        return yard.configure(environment, { image: images[version] })
      },
      startMs: starts[strategy],
    })
  }

  await yard.configure({}, { image: images[version] })
  const found: Runs<Deployment>[] = []
  for (const { peer, strategies } of peers) {
    for (const strategy of strategies) {
      const ours = { name: `sluice ${strategy}`, run: () => deploy(strategy) }
      found.push(await runPaired({ ours, peer, rounds: ROUNDS }))
    }
  }
  console.log(`${conditions(new Date())}; ${ROUNDS} rounds\n\n${reportOf(found)}`)
}
