import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { freePort } from '../../packages/sluice/src/host/free-port.ts'
import { command, missingPrograms } from '../../test/lab/command.ts'
import type { Engine } from '../../test/lab/engine.ts'
import { startLoad } from '../load.ts'
import { appEnv, untilReady } from './app-start.ts'
import { type Deployment, deployUnder, users } from './deployment.ts'
import { APP_PORT, otherThan, type ShopImages, type ShopVersion } from './shop-images.ts'

/** The example app under Compose: one container, since two cannot share the port that it publishes. */
export interface ComposeShop {
  /** Writes the other version's image into the file and brings it up, under load. */
  up(): Promise<Deployment>
  close(): Promise<void>
}

interface ComposeShopOptions {
  engine: Engine
  compose: Compose
  images: ShopImages
  startMs: () => Promise<number>
}

/** The program and the words before `up`. */
export type Compose = [program: string, ...words: string[]]

/** The plugin of the client, or else the program of old; null, with a line that says so, where there is neither. */
export async function findCompose(engine: Engine): Promise<Compose | null> {
  if ((await engine.docker(['compose', 'version'])).code === 0) return ['docker', 'compose']
  if (missingPrograms(['docker-compose']).length === 0) return ['docker-compose']
  console.log('skipped: compose: apt-get install docker-compose')
  return null
}

/** Starts it with a port of this machine. */
export async function openComposeShop({
  engine,
  compose: [program, ...words],
  images,
  startMs,
}: ComposeShopOptions): Promise<ComposeShop> {
  const folder = await mkdtemp(join(tmpdir(), 'compose-shop-'))
  const file = join(folder, 'docker-compose.yml')
  const port = await freePort()
  let version: ShopVersion = 'v1'

  async function compose(...args: string[]): Promise<void> {
    const options = { env: engine.env, limitMs: 120_000 }
    const { code, err } = await command(program, [...words, '--file', file, ...args], options)
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${err}`)
  }

  async function write(): Promise<void> {
    const shop = { image: images[version], ports: [`127.0.0.1:${port}:${APP_PORT}`], environment: appEnv }
    const config = [{ subnet: `${engine.network}.128.0/24` }]
    await writeFile(
      file,
      stringify({ version: '3.8', services: { shop }, networks: { default: { ipam: { config } } } }),
    )
  }

  await write()
  await compose('up', '--detach')
  await untilReady('127.0.0.1', port)

  return {
    async up() {
      const from = version
      version = otherThan(from)
      await untilReady('127.0.0.1', port)
      const load = startLoad({ url: `http://127.0.0.1:${port}/`, ...users })
      const started = await startMs()
      await write()
      return deployUnder({
        load,
        startMs: started,
        from,
        to: version,
        command: () => compose('up', '--detach'),
      })
    },

    async close() {
      await compose('down')
      await rm(folder, { recursive: true })
    },
  }
}
