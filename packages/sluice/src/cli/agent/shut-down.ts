import { existsSync } from 'node:fs'
import { SluiceError } from '../../errors.ts'
import { connectProxy } from '../../proxy/control-client.ts'
import type { Keeper } from '../../runtime/keeper.ts'
import type { Control } from '../../server/control.ts'
import type { Home } from '../../server/home.ts'

/** Ends everything that runs, in order: traffic is drained before instances end, and the proxies go last. */
export async function shutDown(given: {
  control: Control
  home: Home
  everything: boolean
  drainMs: number
}): Promise<void> {
  if (!given.everything) return
  const { control, home, drainMs } = given
  await Promise.all([...control.keepers.values()].map((keeper) => end(keeper, control, drainMs)))
  await Promise.all([stopProxy(home.proxy, drainMs), stopHaproxy(home.haproxy, drainMs)])
}

async function end(keeper: Keeper, control: Control, drainMs: number): Promise<void> {
  if (keeper.rollout !== null) {
    await keeper.tell({ kind: 'aborted', at: control.clock.now(), by: 'sluice down', why: '' })
    await keeper.idle()
  }
  await keeper.takeDown(drainMs)
}

async function stopHaproxy(home: string, drainMs: number): Promise<void> {
  if (!existsSync(home)) return
  const { stopHaproxy: stop } = await import('../../routers/haproxy/stop-haproxy.ts')
  await stop(home, drainMs)
}

async function stopProxy(home: string, drainMs: number): Promise<void> {
  const proxy = await connectProxy({ home })
  try {
    await proxy.call('stop', { drainMs })
  } catch (error) {
    // It may be gone before its answer has been read, which is what was asked of it.
    if (!(error instanceof SluiceError) || error.code !== 'PROXY_UNREACHABLE') throw error
  } finally {
    proxy.close()
  }
}
