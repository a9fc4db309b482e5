import { expect, it } from 'vitest'
import { type TargetWorld, targetSuite } from '../../packages/sluice/src/targets/target.suite.ts'
import { environment, good, missing, openDockerWorld } from './docker-world.ts'

if (missing === null) targetSuite('docker', openWorld, 60_000)
else it.skip(`docker, as every target: ${missing}`, () => expect(missing).toBeNull())

async function openWorld(): Promise<TargetWorld> {
  const world = await openDockerWorld()
  let isOpened = false
  return {
    environment,

    async open() {
      if (isOpened) await world.reopen()
      isOpened = true
      return world.target
    },

    remove: world.close,

    async spec(release, behaviour) {
      switch (behaviour) {
        case 'good':
          return world.spec(good, {}, { release })
        case 'slow':
          return world.spec(
            `process.on('SIGTERM', () => process.exit(0));setInterval(() => {}, 1_000)`,
            {},
            { release },
          )
        case 'stubborn':
          return world.spec(good.replace('process.exit(0)', '{}'), {}, { release, graceMs: 400 })
        case 'refused':
          return world.spec(good, { image: `sha256:${'0'.repeat(64)}` }, { release })
      }
    },
  }
}
