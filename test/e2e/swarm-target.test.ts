import { afterAll, beforeAll, describe } from 'vitest'
import { type TargetWorld, targetSuite } from '../../packages/sluice/src/targets/target.suite.ts'
import { whyNoEngine } from '../lab/engine.ts'
import type { Swarm } from '../lab/swarm.ts'
import { apps, ENVIRONMENT, makeSwarmWorld, openSwarmWithNode } from './swarm-world.ts'

const why = whyNoEngine()

describe.skipIf(why !== null)(`a swarm of three managers${why === null ? '' : `: ${why}`}`, () => {
  let lab: Swarm
  let image: string

  beforeAll(async () => {
    ;({ lab, image } = await openSwarmWithNode())
  }, 240_000)

  afterAll(async () => {
    await lab?.close()
  }, 120_000)

  const makeWorld = async (): Promise<TargetWorld> => {
    const world = await makeSwarmWorld(lab.nodes, image)
    return {
      environment: ENVIRONMENT,
      open: async () => world.open(),
      remove: world.remove,
      async spec(release, behaviour) {
        switch (behaviour) {
          case 'good':
          case 'slow':
            return world.spec(release, apps[behaviour])
          case 'stubborn':
            return { ...world.spec(release, apps.stubborn), graceMs: 400 }
          case 'refused':
            return world.spec(release, apps.good, { image: `sha256:${'0'.repeat(64)}` })
        }
      },
    }
  }
  targetSuite('swarm', makeWorld, 60_000)
})
