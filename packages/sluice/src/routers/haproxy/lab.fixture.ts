import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WHOLE } from '../../core/weights.ts'
import { freePort } from '../../host/free-port.ts'
import { identify, type ProcessIdentity, signalProcess } from '../../host/process-identity.ts'
import { ask } from '../../proxy/load.fixture.ts'
import { type Apps, openApps } from '../apps.fixture.ts'
import type { RouterLab } from '../router.suite.ts'
import type { Router, RouteSettings, Traffic } from '../router.ts'
import { type HaproxyOptions, openHaproxyRouter } from './haproxy.ts'
import { type HaproxyHome, haproxyHome } from './home.ts'
import { stopHaproxy } from './stop-haproxy.ts'
import { type Talk, talkTo } from './talk.ts'

/** A real HAProxy with real apps behind it. */
export interface HaproxyLab extends RouterLab {
  home: HaproxyHome
  port: number
  options: HaproxyOptions
  open(more?: Partial<HaproxyOptions>): Promise<Router>
  serve: Apps['serve']
  talk: Talk
  master(): ProcessIdentity
  worker(): Promise<ProcessIdentity>
}

export async function openHaproxyLab(more: Partial<HaproxyOptions> = {}): Promise<HaproxyLab> {
  const folder = mkdtempSync(join(tmpdir(), 'ha-'))
  const home = haproxyHome(folder)
  const port = await freePort()
  const apps = openApps()
  const options: HaproxyOptions = {
    home: folder,
    listen: { host: '127.0.0.1', port },
    tls: null,
    env: { PATH: process.env.PATH },
    ...more,
  }

  const lab: HaproxyLab = {
    home,
    port,
    options,
    open: (again = {}) => openHaproxyRouter({ ...options, ...again }),
    router: await openOrStop(options),

    app: apps.app,
    asked: apps.asked,
    serve: apps.serve,

    ask: ({ settings }, path = '/') => ask({ port, host: settings.hosts[0]!, path }),

    async reopen() {
      await lab.router.close()
      lab.router = await lab.open()
      return lab.router
    },

    talk: talkTo(home.adminSocket, 2_000),
    impatient: () => lab.open({ withinMs: 2_000 }),
    master: () => JSON.parse(readFileSync(home.pid, 'utf8')),

    async worker() {
      const [, pid] = /^Pid: (\d+)/m.exec(await talkTo(home.adminSocket, 2_000)('show info')) ?? []
      return identify(Number(pid))!
    },

    async hang() {
      const worker = await lab.worker()
      signalProcess(worker, 'SIGSTOP')
      return () => void signalProcess(worker, 'SIGCONT')
    },

    async refuse() {
      renameSync(home.adminSocket, `${home.adminSocket}.away`)
      return async () => renameSync(`${home.adminSocket}.away`, home.adminSocket)
    },

    async close() {
      await lab.router.close()
      apps.close()
      await stopHaproxy(folder, 0)
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return lab
}

// A HAProxy that started while the rest failed would stay for ever.
async function openOrStop(options: HaproxyOptions): Promise<Router> {
  try {
    return await openHaproxyRouter(options)
  } catch (error) {
    await stopHaproxy(options.home, 0)
    rmSync(options.home, { recursive: true, force: true })
    throw error
  }
}

/** Traffic of one environment to these instances, the whole of it to the first release. */
export function trafficTo(
  instances: Record<string, { host: string; port: number }>,
  { settings = {}, ...more }: Partial<Omit<Traffic, 'settings'>> & { settings?: Partial<RouteSettings> } = {},
): Traffic {
  const releases = Object.entries(instances).map(([release, at]) => ({
    release,
    instances: [{ id: `${release}-0-1`, ...at, state: 'serving' as const }],
  }))
  return {
    environment: 'shop/production',
    weightEpoch: 1,
    weights: { [releases[0]!.release]: WHOLE },
    salt: 'rel42',
    releases,
    previewRelease: null,
    hold: false,
    ...more,
    settings: {
      hosts: ['shop.localhost'],
      pathPrefix: '/',
      preview: null,
      sticky: null,
      maxBodyBytes: null,
      firstByteTimeoutMs: 30_000,
      ...settings,
    },
  }
}

/** True where there is a HAProxy to test with. */
export function hasHaproxy(): boolean {
  try {
    const said = execFileSync('haproxy', ['-v'], { encoding: 'utf8' })
    const [, major, minor] = /version (\d+)\.(\d+)/.exec(said) ?? []
    return Number(major) * 1_000 + Number(minor) >= 2_006
  } catch {
    return false
  }
}
