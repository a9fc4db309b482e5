import type { RouterAbilities } from '../core/capabilities.ts'
import { MemoryProxy, MemoryRouter } from '../runtime/memory-router.fixture.ts'
import { MemoryMachine, MemoryTarget } from '../runtime/memory-target.fixture.ts'
import { openStore } from '../runtime/store.ts'
import { type TestClock, testClock } from '../runtime/test-clock.fixture.ts'
import { begin, settingsOf, temporaryFolder } from '../runtime/world.fixture.ts'
import { targets } from '../targets/index.ts'
import { type Control, openControl } from './control.ts'
import { homeOf } from './home.ts'

/** A control on a machine and a proxy in memory, at a virtual time. */
export interface ControlWorld extends AsyncDisposable {
  control: Control
  clock: TestClock
  machine: MemoryMachine
  proxy: MemoryProxy
  /** Begins a rollout of `shop/production`; answers its id. */
  begin(wish: Parameters<typeof begin>[2]): Promise<string>
  /** The same, until it is over. */
  deployed(wish: Parameters<typeof begin>[2]): Promise<string>
}

/** `can`: what its router says of itself beside, whatever it can. */
export async function openControlWorld({
  can = {},
}: {
  can?: Partial<RouterAbilities>
} = {}): Promise<ControlWorld> {
  const folder = await temporaryFolder()
  const clock = testClock()
  const machine = new MemoryMachine(clock)
  const proxy = new MemoryProxy()
  const [target, router] = [new MemoryTarget(machine), new MemoryRouter(proxy, clock)]
  const store = await openStore(folder.path)
  const control = await openControl({
    home: homeOf(folder.path),
    store,
    outside: {
      can: () => ({ ...target.can, ...router.can, ...can }),
      target: async () => target,
      artifacts: () => targets.process.loadArtifacts(),
      router: async () => router,
    },
    clock,
    onTrouble: (_, error) => {
      throw error
    },
  })
  const keeperNow = () =>
    control.keeperFor((token) => {
      const settings = settingsOf()
      return { ...settings, route: { ...settings.route, preview: { hosts: ['preview'], token } } }
    })
  const world: ControlWorld = {
    control,
    clock,
    machine,
    proxy,
    async begin(wish) {
      const { rollout } = await begin(control, await keeperNow(), wish)
      return rollout.id
    },
    async deployed(wish) {
      const id = await world.begin(wish)
      const keeper = await keeperNow()
      await clock.until(() => keeper.rollout === null)
      return id
    },
    async [Symbol.asyncDispose]() {
      await control.close()
      await store.close()
      await folder[Symbol.asyncDispose]()
    },
  }
  return world
}
