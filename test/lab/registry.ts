import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../packages/sluice/src/host/free-port.ts'
import { missingPrograms } from './command.ts'
import { whyNoEngine } from './engine.ts'
import { openLot } from './lot.ts'
import { until } from './until.ts'

/** A registry of images. Engines take one on 127.0.0.1 without a certificate. */
export interface Registry {
  /** What stands before an image's name: `127.0.0.1:5000`. */
  host: string
  close(): Promise<void>
}

/** Why no registry can be started here, in a line; null when one can. */
export function whyNoRegistry(): string | null {
  const engine = whyNoEngine()
  if (engine !== null) return engine
  return missingPrograms(['docker-registry']).length > 0 ? 'apt-get install docker-registry' : null
}

/** Starts Debian's `docker-registry`, on this machine alone or on the address of a swarm's bridge. */
export async function openRegistry(options: { address?: string } = {}): Promise<Registry> {
  const lot = await openLot()
  try {
    const host = `${options.address ?? '127.0.0.1'}:${await freePort()}`
    const config = join(lot.folder, 'registry.json')
    const storage = { filesystem: { rootdirectory: join(lot.folder, 'blobs') }, delete: { enabled: true } }
    // Its configuration is YAML, of which JSON is a part.
    writeFileSync(config, JSON.stringify({ version: 0.1, storage, http: { addr: host } }))
    const log = openSync(join(lot.folder, 'log'), 'a')
    const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', log, log], detached: true })
    closeSync(log)
    await started(child, host)
    return { host, close: lot.clear }
  } catch (error) {
    await lot.clear()
    throw error
  }
}

async function started(child: ChildProcess, host: string): Promise<void> {
  await once(child, 'spawn')
  await until(`the registry on ${host} answers`, async () => {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}`)
    const answer = await fetch(`http://${host}/v2/`).catch(() => null)
    return answer?.ok ? true : null
  })
}
