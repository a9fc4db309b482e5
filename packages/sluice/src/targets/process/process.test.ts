import { targetSuite } from '../target.suite.ts'
import { ENVIRONMENT, goodApp, makeProcessWorld } from './test-world.fixture.ts'

const stubbornApp = `process.on('SIGTERM', () => {})\n${goodApp}`

targetSuite('process', async () => {
  const world = await makeProcessWorld()
  return {
    environment: ENVIRONMENT,
    open: async () => world.open(),
    remove: () => world.remove(),
    spec(release, behaviour) {
      switch (behaviour) {
        case 'good':
          return world.release(release, goodApp)
        case 'slow':
          return world.release(release, 'setInterval(() => {}, 1_000)\n')
        case 'stubborn':
          return world.release(release, stubbornApp, { graceMs: 400 })
        case 'refused':
          return world.release(release, goodApp, { folder: '/nowhere' })
      }
    },
  }
})
