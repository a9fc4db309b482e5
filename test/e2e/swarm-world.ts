import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Managers, openManagers } from '../../packages/sluice/src/targets/swarm/managers.ts'
import { openSwarmTarget } from '../../packages/sluice/src/targets/swarm/swarm.ts'
import { type Swarm, swarmOf } from '../../packages/sluice/src/targets/swarm/swarm-api.ts'
import type {
  ContainerSpec,
  ReleaseObservation,
  ReleaseSpec,
  Target,
} from '../../packages/sluice/src/targets/target.ts'
import type { SwarmNode } from '../lab/swarm.ts'

export const ENVIRONMENT = 'shop/production'

const serve = `require('node:http').createServer((_, answer) => answer.end('ok')).listen(process.env.PORT)`
const leave = `process.on('SIGTERM', () => process.exit(0))`
/** What containers of tests run, as scripts of Node. */
export const apps = {
  good: `${leave};${serve}`,
  slow: `${leave};setInterval(() => {}, 1_000)`,
  stubborn: `process.on('SIGTERM', () => {});${serve}`,
}

/** A SLUICE_HOME whose target is a swarm, and what it left there. */
export interface SwarmWorld {
  root: string
  swarm: Swarm
  managers: Managers
  open(): Target
  spec(release: string, script: string, container?: Partial<ContainerSpec>): ReleaseSpec
  remove(): Promise<void>
}

/** Asks these nodes, the first one first. */
export async function makeSwarmWorld(
  nodes: Pick<SwarmNode, 'host'>[],
  image: string,
  root?: string,
): Promise<SwarmWorld> {
  const home = root ?? (await mkdtemp(join(tmpdir(), 'sluice-swarm-')))
  const [first, ...others] = nodes.map(({ host }) => host)
  const env = { ...process.env, DOCKER_HOST: first, SLUICE_SWARM_MANAGERS: others.join(',') }
  const managers = openManagers(env)
  const swarm = swarmOf(managers)
  const targets: Target[] = []
  return {
    root: home,
    swarm,
    managers,
    open() {
      const target = openSwarmTarget({ root: home, managers })
      targets.push(target)
      return target
    },
    spec: (release, script, container = {}) => ({
      ...{
        release,
        target: 'swarm',
        app: 'shop',
        environment: ENVIRONMENT,
        folder: home,
        command: [],
        env: {},
      },
      startup: { path: '/readyz', periodMs: 1_000, timeoutMs: 1_000, failures: 30 },
      readiness: { path: '/readyz', periodMs: 50, timeoutMs: 1_000, failures: 2 },
      liveness: { path: '/livez', periodMs: 1_000, timeoutMs: 1_000, failures: 3 },
      ...{ graceMs: 2_000, data: [] },
      container: {
        ...{ image, command: ['node', '-e', script], init: false, user: null, memoryBytes: null, cpus: null },
        ...{ pids: null, readOnly: false, tmpfs: [], volumes: [], networks: [], secrets: 'env' },
        ...{ log: { maxBytes: 1_000_000, files: 2 }, reach: null, constraints: [] },
        ...container,
      },
    }),
    async remove() {
      for (const target of targets) await target.close()
      const labels = { 'sluice.environment': ENVIRONMENT }
      for (const { id } of await swarm.services(labels)) await swarm.removeService(id)
      for (const kind of ['configs', 'secrets'] as const) {
        for (const { id } of await swarm.stored(kind, labels)) await swarm.remove(kind, id).catch(() => {})
      }
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Waits until the release is as wanted, woken by the target itself. */
export async function untilObserved(
  target: Target,
  release: string,
  isSo: (observation: ReleaseObservation) => boolean,
  withinMs = 60_000,
): Promise<ReleaseObservation> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; ) {
    const { version, releases } = await target.observe(ENVIRONMENT)
    const found = releases[release]
    if (found && isSo(found)) return found
    await target.changed(ENVIRONMENT, version, 1_000)
  }
  const { releases } = await target.observe(ENVIRONMENT)
  throw new Error(`did not come to pass: ${JSON.stringify(releases[release], null, 1)}`)
}

export function allReady(count: number) {
  return ({ instances }: ReleaseObservation) =>
    instances.length === count && instances.every(({ state }) => state === 'ready')
}
