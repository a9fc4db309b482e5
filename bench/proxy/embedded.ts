import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureProxy } from '../../packages/sluice/src/proxy/ensure-proxy.ts'
import type { Table } from '../../packages/sluice/src/proxy/table.ts'
import { type Contender, host, shares } from './contender.ts'
import { pin, proxyCores } from './cores.ts'
import { untilEnded } from './program.ts'
import type { Upstream } from './upstream.ts'

const code = fileURLToPath(new URL('../../packages/sluice/src/proxy/', import.meta.url))

/**
 * Our own, as the agent starts it, with every limit and every counter. It never has fewer than two workers, each meant
 * for a core of its own; beside proxies with one thread on one core, all but one of them are sent away.
 */
export async function openEmbedded(folder: string, upstream: Upstream, workers: 1 | 2): Promise<Contender> {
  const name = workers === 1 ? 'embedded' : 'embedded with two workers on the core'
  const home = join(folder, name.replaceAll(' ', '-'))
  await mkdir(home)
  const listen = { host: '127.0.0.1', port: 0 }
  const client = await ensureProxy({ home, listen, code, version: '0', env: process.env })
  await client.call('apply', { table: tableOf(upstream) })
  const status = await client.call('status', {})
  const pids = [status.pid, ...status.workers.map((worker) => worker.pid)]
  for (const pid of pids) await pin(pid, proxyCores)
  if (workers === 1) await sendAway(pids)
  return {
    name,
    port: status.listen.port,
    pids,
    async close() {
      process.kill(status.pid, 'SIGCONT')
      await client.call('stop', { drainMs: 0 })
      client.close()
    },
  }
}

// A supervisor that sleeps begets no replacement.
async function sendAway(pids: number[]): Promise<void> {
  process.kill(pids[0]!, 'SIGSTOP')
  for (const pid of pids.splice(2)) {
    process.kill(pid, 'SIGTERM')
    await untilEnded(pid)
  }
}

function tableOf({ ports }: Upstream): Table {
  return {
    schema: 1,
    epoch: 1,
    environments: [
      {
        name: 'shop/production',
        hosts: [host],
        pathPrefix: '/',
        preview: null,
        weightEpoch: 1,
        sticky: null,
        releases: ports.map((port, index) => ({
          id: `r${2 - index}`,
          weight: shares[index]! * 100,
          instances: [{ id: `r${2 - index}-0-1`, host: '127.0.0.1', port, state: 'serving' }],
        })),
        maxBodyBytes: null,
        firstByteTimeoutMs: 30_000,
        hold: null,
      },
    ],
  }
}
