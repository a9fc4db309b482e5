import { targetSuite } from '../targets/target.suite.ts'
import { openClock } from './clock.ts'
import { MemoryMachine, MemoryTarget } from './memory-target.fixture.ts'
import { specOf } from './world.fixture.ts'

targetSuite('the target in memory', async () => {
  const machine = new MemoryMachine(openClock())
  return {
    environment: 'shop/production',
    open: async () => new MemoryTarget(machine),
    spec: async (release, conduct) => ({ ...specOf(release, { conduct }), graceMs: 100 }),
    remove: async () => {},
  }
})
