import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { type AgentClient, isUnreachable } from '../../packages/sluice/src/cli/agent-client.ts'
import { type Load, type LoadReport, startLoad } from '../../packages/sluice/src/cli/demo/load.ts'
import { ensureAgent } from '../../packages/sluice/src/cli/ensure-agent.ts'
import type { Fact } from '../../packages/sluice/src/core/narrate.ts'
import { SluiceError } from '../../packages/sluice/src/errors.ts'
import { freePort } from '../../packages/sluice/src/host/free-port.ts'
import type {
  DeployNews,
  RolloutNewsLine,
  RolloutSummary,
  StatusAnswer,
} from '../../packages/sluice/src/server/contract.ts'
import type { OwnBalancer } from '../lab/balancer.ts'

const root = new URL('../../', import.meta.url).pathname
const bin = join(root, 'packages/sluice/bin/sluice.js')
const program = async () => [process.execPath, bin]

/** Strategies without the waiting that is meant for people. */
export const quick = {
  rolling: { rolling: { analyze: { for: '0s' } } },
  'blue-green': { 'blue-green': { bake: '0s' } },
  canary: {
    canary: { steps: ['10%', '50%'], analyze: { for: '400ms', onInconclusive: 'promote' } },
  },
  recreate: 'recreate',
}
export type Quick = keyof typeof quick

/** What happened in a rollout, with everything that was told on the way. */
export interface Ended {
  rollout: RolloutSummary
  facts: Fact[]
}

/** A SLUICE_HOME of its own, a copy of an example app, and an agent that may be killed. */
export interface Yard {
  home: string
  app: string
  port: number
  host: string
  agent(): Promise<AgentClient>
  configure(environment: object, more?: object): Promise<void>
  /** Changes the app's code, so that it is another release. */
  edit(mark: string): Promise<void>
  /** Starts a deploy; resolves with the rollout's id. */
  begin(request?: object): Promise<string>
  /** Follows a rollout to its end, through deaths of the agent. */
  follow(id: string): Promise<Ended>
  deploy(request?: object): Promise<Ended>
  status(): Promise<StatusAnswer>
  load(options?: Partial<Parameters<typeof startLoad>[0]>): Load
  get(
    path: string,
    headers?: Record<string, string>,
  ): Promise<{ status: number; release: string | null; text: string }>
  /** Runs the command line as a person would. */
  sluice(
    args: string[],
    options?: { cwd?: string },
  ): Promise<{ code: number | null; out: string; err: string }>
  close(): Promise<void>
}

/** Where a yard's app runs and what serves it. */
export interface Place {
  target: string
  router: string
  /** DOCKER_HOST, for targets that run containers. */
  engine?: string
  /** SLUICE_SWARM_MANAGERS: engines beside that one. */
  managers?: string
  /** What balances in front of its instances, where that is none of Sluice's routers. */
  balancer?: OwnBalancer
  /** How long what leaves may take to finish, where that is always taken. Default 5s. */
  drain?: string
}

export async function openYard(
  options: { example?: string; home?: string; place?: Place } = {},
): Promise<Yard> {
  const place: Place = options.place ?? { target: 'process', router: 'embedded' }
  const { target, router, engine, managers, balancer } = place
  const folder = await mkdtemp(join(tmpdir(), 'sl-'))
  const home = options.home ?? join(folder, 'home')
  const app = join(folder, 'app')
  await cp(join(root, 'examples', options.example ?? 'node'), app, { recursive: true })
  const [routerPort, otherPort] = [await freePort(), await freePort()]
  const [embeddedPort, haproxyPort] = router === 'haproxy' ? [otherPort, routerPort] : [routerPort, otherPort]
  const port = balancer?.port ?? routerPort
  if (balancer !== undefined) {
    await mkdir(home, { recursive: true, mode: 0o700 })
    await writeFile(join(home, 'agent.yaml'), stringify({ instances: { apply: balancer.apply } }))
  }
  const host = 'shop.localhost'
  const env = {
    ...process.env,
    SLUICE_HOME: home,
    SLUICE_LISTEN: String(embeddedPort),
    SLUICE_HAPROXY_LISTEN: String(haproxyPort),
    NO_COLOR: '1',
    ...(engine === undefined ? {} : { DOCKER_HOST: engine }),
    ...(managers === undefined ? {} : { SLUICE_SWARM_MANAGERS: managers }),
  }
  const agent = () => ensureAgent({ home, env, program, notice: () => {} })

  async function begin(request: object = {}): Promise<string> {
    const client = await agent()
    const body = { folder: app, environment: 'production', supersede: false, by: 'a test', ...request }
    for await (const news of client.stream<DeployNews>({ path: '/v1/deploy', body })) {
      if (news.kind === 'error') throw SluiceError.from(news.error)
      if (news.kind === 'rollout') return news.id
    }
    throw new Error('the deploy ended without a rollout')
  }

  async function follow(id: string): Promise<Ended> {
    const facts: Fact[] = []
    const deadline = Date.now() + 240_000
    let after = 0
    while (Date.now() < deadline) {
      try {
        const client = await agent()
        const news = client.stream<RolloutNewsLine>({
          path: `/v1/rollouts/${id}/news`,
          query: { after, follow: 1 },
        })
        for await (const line of news) {
          after = Math.max(after, line.seq)
          facts.push(...line.facts)
          if (line.rollout.endedAt !== null) return { rollout: line.rollout, facts }
        }
      } catch (error) {
        if (!isUnreachable(error)) throw error
      }
    }
    throw new Error(
      `rollout ${id} did not end:\n${facts.map((fact) => `${fact.title}: ${fact.text}`).join('\n')}`,
    )
  }

  const yard: Yard = {
    home,
    app,
    port,
    host,
    agent,
    begin,
    follow,

    async configure(environment, more = {}) {
      const config = {
        app: 'shop',
        run: { command: 'node src/main.js' },
        health: { readiness: { path: '/readyz' }, liveness: { path: '/livez' } },
        env: { NODE_ENV: 'production', LOG_LEVEL: 'warn', GREETING: 'Hello' },
        environments: {
          production: { target, router, host, instances: 2, drain: place.drain ?? '5s', ...environment },
        },
        ...more,
      }
      await writeFile(join(app, 'sluice.yaml'), stringify(config))
    },

    async edit(mark) {
      const file = join(app, 'src/main.js')
      await writeFile(file, `// ${mark}\n${await readFile(file, 'utf8')}`)
    },

    deploy: async (request) => follow(await begin(request)),

    async status() {
      return (await agent()).get<StatusAnswer>({ path: '/v1/status' })
    },

    load: (more = {}) => startLoad({ url: `http://127.0.0.1:${port}/`, host, connections: 16, ...more }),

    async get(path, headers = {}) {
      const { request } = await import('node:http')
      return new Promise((resolve, reject) => {
        const asking = request(
          { host: '127.0.0.1', port, path, headers: { host, ...headers }, agent: false },
          (answer) => {
            let text = ''
            answer.setEncoding('utf8').on('data', (chunk) => {
              text += chunk
            })
            answer.on('end', () =>
              resolve({
                status: answer.statusCode ?? 0,
                release: (answer.headers['x-release'] as string) ?? null,
                text,
              }),
            )
          },
        )
        asking.on('error', reject)
        asking.end()
      })
    },

    sluice(args, { cwd = app } = {}) {
      return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
        let out = ''
        let err = ''
        child.stdout.setEncoding('utf8').on('data', (chunk) => {
          out += chunk
        })
        child.stderr.setEncoding('utf8').on('data', (chunk) => {
          err += chunk
        })
        child.on('error', reject)
        child.on('close', (code) => resolve({ code, out, err }))
      })
    },

    async close() {
      // Of a test that failed before it had a yard of its own, this is the one before.
      if (!existsSync(folder)) return
      const { code, err } = await yard.sluice(['down', '--drain', '500ms'])
      await balancer?.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
      if (code !== 0) throw new Error(`sluice down ended with ${code}: ${err}`)
    },
  }
  return yard
}

/** Waits for a condition, with a limit. */
export async function until(isSo: () => Promise<boolean> | boolean, limitMs = 60_000): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!(await isSo())) {
    if (Date.now() > deadline)
      throw new Error(`the condition did not become true within ${limitMs} ms: ${isSo}`)
    await sleep(20)
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What users met that they should not have: broken exchanges, and errors that no release's own code gave. */
export function lost(report: LoadReport): string[] {
  const errors = Object.entries(report.byStatus).filter(([status]) => Number(status) >= 500)
  return [
    ...report.failed.map((failure) => `${failure.method} ${failure.kind}: ${failure.detail}`),
    ...errors.map(([status, count]) => `${count} × ${status}`),
  ]
}
