import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ENVIRONMENT,
  plainContainer,
  plainSpec,
} from '../../packages/sluice/src/targets/plain-spec.fixture.ts'
import { untilObserved as untilSeen } from '../../packages/sluice/src/targets/process/test-world.fixture.ts'
import { type Managers, openManagers } from '../../packages/sluice/src/targets/swarm/managers.ts'
import { openSwarmTarget } from '../../packages/sluice/src/targets/swarm/swarm.ts'
import { type Swarm, swarmOf } from '../../packages/sluice/src/targets/swarm/swarm-api.ts'
import type {
  ContainerSpec,
  ReleaseObservation,
  ReleaseSpec,
  Target,
} from '../../packages/sluice/src/targets/target.ts'
import { nodeImage } from '../lab/images.ts'
import { openSwarm, type Swarm as SwarmLab, type SwarmNode } from '../lab/swarm.ts'

export { ENVIRONMENT }

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
    spec(release, script, container = {}) {
      const plain = plainSpec(release, home)
      return {
        ...plain,
        target: 'swarm',
        startup: { ...plain.startup, failures: 30 },
        container: { ...plainContainer(image, script), init: false, ...container },
      }
    },
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

/** Waits until the release is as wanted; Swarm takes its time. */
export function untilObserved(
  target: Target,
  release: string,
  isSo: (observation: ReleaseObservation) => boolean,
  withinMs = 120_000,
): Promise<ReleaseObservation> {
  return untilSeen(target, release, isSo, withinMs)
}

/** Three managers, with Node on each of them, and the image's id. */
export async function openSwarmWithNode(): Promise<{ lab: SwarmLab; image: string }> {
  const lab = await openSwarm()
  const [first] = lab.nodes
  const tag = await nodeImage(first!)
  await lab.load(tag)
  return { lab, image: (await first!.ask(`/images/${tag}/json`)).body.Id }
}

export function allReady(count: number) {
  return ({ instances }: ReleaseObservation) =>
    instances.length === count && instances.every(({ state }) => state === 'ready')
}
