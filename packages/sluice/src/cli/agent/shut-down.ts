import { connectProxy } from '../../proxy/control-client.ts'
import type { Control } from '../../server/control.ts'
import type { Home } from '../../server/home.ts'

/** Ends everything that runs, in order: traffic is drained before instances end, and the proxy goes last. */
export async function shutDown(given: {
  control: Control
  home: Home
  everything: boolean
  drainMs: number
}): Promise<void> {
  if (!given.everything) return
  const { control, home, drainMs } = given
  for (const keeper of control.keepers.values()) {
    if (keeper.rollout !== null) {
      await keeper.tell({ kind: 'aborted', at: control.clock.now(), by: 'sluice down', why: '' })
      await keeper.idle()
    }
    await keeper.takeDown()
  }
  const proxy = await connectProxy({ home: home.proxy })
  await proxy.call('stop', { drainMs })
  proxy.close()
}
