import { setTimeout as sleep } from 'node:timers/promises'
import { SluiceError } from '../../errors.ts'
import { identify, signalProcess } from '../../host/process-identity.ts'
import type { ProxyClient } from '../../proxy/control-client.ts'
import type { EnsureProxyOptions } from '../../proxy/ensure-proxy.ts'

/** From asking a generation of workers for their successors to having them. */
const upgradeWithinMs = 60_000
const goneWithinMs = 15_000
const lookAgainMs = 20

/**
 * Puts our code in the place of another version's that is still running: first the supervisor, which holds no
 * connection, then the workers, each of which hands its listener on and finishes what it has.
 */
export async function renewProxy(client: ProxyClient, options: EnsureProxyOptions): Promise<void> {
  const { version, pid } = await client.call('status', {})
  if (version === options.version) return
  const supervisor = identify(pid)
  if (supervisor !== null) signalProcess(supervisor, 'SIGTERM')
  await goneWithin(client, pid, goneWithinMs)
  await client.call('upgrade', { code: options.workerCode ?? options.code }, upgradeWithinMs)
}

// A call that finds the old one gone starts ours.
async function goneWithin(client: ProxyClient, pid: number, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs
  while ((await client.call('status', {})).pid === pid) {
    if (performance.now() > deadline)
      throw new SluiceError('TIMED_OUT', `the old proxy supervisor (pid ${pid}) does not end`)
    await sleep(lookAgainMs)
  }
}
