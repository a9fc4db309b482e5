import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isAlive, type ProcessIdentity, signalProcess } from '../host/process-identity.ts'
import { connectProxy, type ProxyClient } from './control-client.ts'
import { type EnsureProxyOptions, ensureProxy } from './ensure-proxy.ts'
import { proxyHome } from './home.ts'
import type { Table } from './table.ts'
import { readCards, type WorkerCard } from './worker-card.ts'

/** A proxy of real processes in a folder of its own. */
export interface ProxyLab {
  home: string
  client: ProxyClient
  port: number
  /** Starts the supervisor again, or connects to the one that runs. */
  ensure(more?: Partial<EnsureProxyOptions>): Promise<ProxyClient>
  workers(): WorkerCard[]
  supervisor(): ProcessIdentity
  /** A folder of worker code with this `worker-main`. */
  code(main: string): string
  /** Cuts a file of the home in two and throws the second part away. */
  tear(file: string): void
  close(): Promise<void>
}

/** The worker of the repository, on the real data path. */
export const realCode = import.meta.dirname

/** Source of a `worker-main` on the tiny proxy. */
export const tinyMain = `
import { runWorker } from ${urlOf('run-worker.ts')}
import { createTinyProxy } from ${urlOf('tiny-proxy.fixture.ts')}
await runWorker({ createProxy: createTinyProxy })`

/** A proxy with two workers on an ephemeral port; on the tiny proxy unless said otherwise. */
export async function openProxyLab(more: Partial<EnsureProxyOptions> = {}): Promise<ProxyLab> {
  const folder = mkdtempSync(join(tmpdir(), 'proxy-test-'))
  const home = join(folder, 'proxy')
  const clients: ProxyClient[] = []

  function code(main: string): string {
    const path = mkdtempSync(join(folder, 'code-'))
    writeFileSync(join(path, 'package.json'), '{"type":"module"}')
    writeFileSync(join(path, 'worker-main.ts'), main)
    return path
  }

  function tear(file: string): void {
    const path = join(home, file)
    writeFileSync(path, readFileSync(path).subarray(0, 50))
  }

  async function ensure(again: Partial<EnsureProxyOptions> = {}): Promise<ProxyClient> {
    const listen = { host: '127.0.0.1', port: 0 }
    const base = {
      home,
      listen,
      code: import.meta.dirname,
      version: '1.0.0',
      env: process.env,
      workerCode: tiny,
    }
    const client = await ensureProxy({ ...base, ...more, ...again })
    clients.push(client)
    return client
  }

  const workers = () => readCards(proxyHome(home))

  async function close(): Promise<void> {
    for (const client of clients) client.close()
    // The supervisor first, or it replaces what is killed.
    for (const supervisor of readSupervisor()) signalProcess(supervisor, 'SIGKILL')
    await until(() => !readSupervisor().some(isAlive))
    for (const { identity } of workers()) signalProcess(identity, 'SIGKILL')
    await until(() => !workers().some((card) => isAlive(card.identity)))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }

  function readSupervisor(): ProcessIdentity[] {
    try {
      return [JSON.parse(readFileSync(join(home, 'supervisor.pid'), 'utf8'))]
    } catch {
      return []
    }
  }

  mkdirSync(home)
  const tiny = code(tinyMain)
  const client = await ensure()
  const { listen } = await client.call('status', {})
  return {
    home,
    client,
    port: listen.port,
    ensure,
    workers,
    supervisor: () => readSupervisor()[0]!,
    code,
    tear,
    close,
  }
}

/** A table that differs with its epoch and its number of environments; its instances answer nowhere. */
export function tableOf(epoch: number, names: string[] = ['shop/production'], port = 9): Table {
  return {
    schema: 1,
    epoch,
    environments: names.map((name) => ({
      name,
      hosts: [`${name.replace('/', '-')}.localhost`],
      pathPrefix: '/',
      preview: null,
      weightEpoch: 1,
      sticky: null,
      releases: [
        {
          id: 'r1',
          weight: 10_000,
          instances: [{ id: `${name}-r1-0`, host: '127.0.0.1', port, state: 'serving' as const }],
        },
      ],
      maxBodyBytes: null,
      firstByteTimeoutMs: 30_000,
      hold: null,
    })),
  }
}

/** Waits for a condition; throws when it has not come true in time. */
export async function until(isSo: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export { connectProxy }

function urlOf(file: string): string {
  return JSON.stringify(pathToFileURL(join(import.meta.dirname, file)).href)
}
