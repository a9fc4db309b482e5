import { afterAll } from 'vitest'
import { hasHaproxy } from '../../packages/sluice/src/routers/haproxy/lab.fixture.ts'
import { openOwnBalancer } from '../lab/balancer.ts'
import { whyNoEngine } from '../lab/engine.ts'
import { nodeImage } from '../lab/images.ts'
import { sharedEngine } from '../lab/shared-engine.ts'
import { openSwarm, type Swarm } from '../lab/swarm.ts'
import type { Place, Quick } from './yard.ts'

/** A target and a router that the same tests run on. */
export interface PlaceKind {
  name: string
  /** What this machine lacks for it; null: nothing. */
  missing: string | null
  /** Where there are some that cannot do without losing requests: those that can. */
  strategies?: Quick[]
  open(): Promise<Place>
  /** How often the engine below it has ended by itself. */
  deaths?(): Promise<number>
}

/**
 * Runs a test, and once more where the engine below it ended by itself in the middle and the test failed for it: that says
 * nothing of what is tested. `tidy` is called in between.
 */
export async function onLivingEngine(
  { name, deaths = async () => 0 }: PlaceKind,
  test: () => Promise<void>,
  tidy: () => Promise<void>,
): Promise<void> {
  const before = await deaths()
  try {
    await test()
  } catch (error) {
    if ((await deaths()) === before) throw error
    console.log(`again on ${name}, as its engine ended by itself: ${(error as Error).message}`)
    await tidy()
    await test()
  }
}

/** Everywhere that a rollout has to go the same way. */
export const places: PlaceKind[] = [
  {
    name: 'process + embedded',
    missing: null,
    open: async () => ({ target: 'process', router: 'embedded' }),
  },
  {
    name: 'process + haproxy',
    missing: whyNoHaproxy(),
    open: async () => ({ target: 'process', router: 'haproxy' }),
  },
  { name: 'docker + embedded', missing: whyNoEngine(), open: () => onDocker('embedded') },
  {
    name: 'docker + haproxy',
    missing: whyNoEngine() ?? whyNoHaproxy(),
    open: () => onDocker('haproxy'),
  },
  {
    name: 'swarm + haproxy',
    missing: whyNoEngine() ?? whyNoHaproxy(),
    open: () => onSwarm('haproxy'),
    deaths: deathsOfSwarm,
  },
  {
    name: 'swarm + instances',
    missing: whyNoEngine() ?? whyNoHaproxy(),
    // Nobody lets requests wait while an app is recreated.
    strategies: ['rolling', 'blue-green', 'canary'],
    deaths: deathsOfSwarm,
    open: async () => ({
      ...(await onSwarm('instances')),
      balancer: await openOwnBalancer(),
      drain: '1s',
    }),
  },
]

for (const { name, missing } of places) if (missing !== null) console.log(`skipped: ${name}: ${missing}`)

function whyNoHaproxy(): string | null {
  return hasHaproxy() ? null : 'HAProxy 2.6 or later is not installed'
}

async function onDocker(router: string): Promise<Place> {
  const engine = await sharedEngine()
  await nodeImage(engine)
  return { target: 'docker', router, engine: engine.host }
}

let swarm: Promise<Swarm> | undefined

afterAll(async () => {
  await (await swarm)?.close()
})

async function deathsOfSwarm(): Promise<number> {
  const { nodes = [] } = (await swarm) ?? {}
  return nodes.reduce((sum, node) => sum + node.deaths(), 0)
}

/** One node is enough for the order of a rollout; what several are for is in `swarm-target.test.ts`. */
async function onSwarm(router: string): Promise<Place> {
  swarm ??= openSwarm({ nodes: 1 })
  const [node] = (await swarm).nodes
  await nodeImage(node!)
  // Fences of a yard before this one, which is gone for good.
  const { out } = await node!.docker(['config', 'ls', '--quiet'])
  for (const id of out.split('\n').filter(Boolean)) await node!.docker(['config', 'rm', id])
  return { target: 'swarm', router, engine: node!.host }
}
