import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openBridge } from './bridge.ts'
import { missingPrograms } from './command.ts'
import { type Daemon, daemonAt } from './daemon.ts'
import { openLot } from './lot.ts'

/** A Docker Engine for tests alone: its ports are published on this machine, its images and containers are nobody else's. */
export interface Engine extends Daemon {
  /** `10.130`: tests that make networks take their subnets from 10.130.128.0/17, so that they reach the world and each other. */
  network: string
  /** Ends it and starts it again on the same images and containers. */
  restart(): Promise<void>
  /** Removes it with everything it ever made. */
  close(): Promise<void>
}

/** Why no engine can be started here, in a line; null when one can. */
export function whyNoEngine(): string | null {
  if (process.platform !== 'linux') return 'a Docker Engine of our own needs Linux'
  if (process.getuid?.() !== 0) return 'a Docker Engine of our own needs root'
  const programs = ['dockerd', 'containerd', 'runc', 'docker', 'ip', 'iptables', 'nsenter', 'unshare']
  const missing = missingPrograms(programs)
  if (missing.length > 0)
    return `${missing.join(', ')} not found: apt-get install docker.io iproute2 iptables`
  if (!mayAdministrate()) return 'this container may not make network interfaces and mounts'
  return null
}

/**
 * Starts an engine. `flags` are for dockerd: `--live-restore`, `--insecure-registry`. It writes no firewall rules,
 * because starting one that does removes those of another: ports are published by its proxy processes. It is given no
 * address pools either: with those, version 20.10 removes `docker0` when it is started again, whosever that is.
 */
export async function openEngine(options: { flags?: string[] } = {}): Promise<Engine> {
  const lot = await openLot()
  try {
    await openBridge(lot)
    const network = ['--bridge', lot.name, '--iptables=false', '--ip6tables=false']
    const folder = join(lot.folder, 'engine')
    const flags = [...network, ...(options.flags ?? [])]
    const daemon = daemonAt({ lot: lot.name, folder, flags })
    await daemon.start()
    return {
      ...daemon,
      network: lot.network,
      async restart() {
        await daemon.stop()
        await daemon.start()
      },
      close: lot.clear,
    }
  } catch (error) {
    await lot.clear()
    throw error
  }
}

/** Root in an unprivileged container lacks CAP_NET_ADMIN (12) or CAP_SYS_ADMIN (21). */
function mayAdministrate(): boolean {
  const capabilities = /^CapEff:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  const needed = (1n << 12n) | (1n << 21n)
  return (BigInt(`0x${capabilities}`) & needed) === needed
}
