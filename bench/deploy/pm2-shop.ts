import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../../packages/sluice/src/host/free-port.ts'
import { startLoad } from '../load.ts'
import { appEnv, appStartMs } from './app-start.ts'
import { type Deployment, deployUnder, users } from './deployment.ts'

/** The example app under pm2, in cluster mode with two instances. */
export interface Pm2Shop {
  /** Reloads it under load, as another version. */
  reload(): Promise<Deployment>
  close(): Promise<void>
}

const run = promisify(execFile)
const example = fileURLToPath(new URL('../../examples/node', import.meta.url))

/** Starts it with pm2's own settings, in a PM2_HOME of its own. */
export async function openPm2Shop(program: string): Promise<Pm2Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'pm2-shop-'))
  const app = join(folder, 'app')
  await cp(example, app, { recursive: true })
  const port = await freePort()
  let version = 1

  async function pm2(...args: string[]): Promise<void> {
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      PM2_HOME: join(folder, 'pm2'),
      ...appEnv,
      PORT: String(port),
      SLUICE_RELEASE: nameOf(version),
    }
    await run(process.execPath, [program, ...args], { cwd: app, env })
  }

  async function reload(): Promise<Deployment> {
    const from = nameOf(version)
    const load = startLoad({ url: `http://127.0.0.1:${port}/`, ...users })
    const startMs = await appStartMs(app, 2)
    version += 1
    return deployUnder({
      load,
      startMs,
      from,
      to: nameOf(version),
      command: () => pm2('reload', 'shop', '--update-env'),
    })
  }

  async function close(): Promise<void> {
    await pm2('kill')
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }

  await pm2('start', 'src/main.js', '--name', 'shop', '--instances', '2')
  return { reload, close }
}

function nameOf(version: number): string {
  return `v${version}`
}
