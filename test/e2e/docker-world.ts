import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDockerTarget } from '../../packages/sluice/src/targets/docker/docker.ts'
import { openEngine } from '../../packages/sluice/src/targets/docker/engine.ts'
import {
  ENVIRONMENT,
  plainContainer,
  plainSpec,
} from '../../packages/sluice/src/targets/plain-spec.fixture.ts'
import type {
  ContainerSpec,
  HealthFact,
  Instance,
  LogLine,
  ReleaseObservation,
  ReleaseSpec,
  Target,
} from '../../packages/sluice/src/targets/target.ts'
import { type Engine, whyNoEngine } from '../lab/engine.ts'
import { nodeImage } from '../lab/images.ts'
import { sharedEngine } from '../lab/shared-engine.ts'

export const environment = ENVIRONMENT
export const missing = whyNoEngine()
if (missing !== null) console.log(`skipped: containers: ${missing}`)

/** Answers, and leaves when it is asked to. */
export const good =
  `process.on('SIGTERM', () => process.exit(0));` +
  `require('node:http').createServer((_, answer) => answer.end('ok')).listen(process.env.PORT)`

let ready: Promise<Engine> | undefined

/** The engine of this test file, with Node on it. */
export function engineWithNode(): Promise<Engine> {
  ready ??= sharedEngine().then(async (engine) => {
    await nodeImage(engine)
    return engine
  })
  return ready
}

/** A docker target that is opened anew at will, on an engine that remembers what it did. */
export interface DockerWorld {
  root: string
  engine: Engine
  target: Target
  reopen(): Promise<void>
  spec(script: string, container?: Partial<ContainerSpec>, more?: Partial<ReleaseSpec>): Promise<ReleaseSpec>
  scale(spec: ReleaseSpec, count: number): Promise<void>
  observe(release?: string): Promise<ReleaseObservation>
  until(
    isSo: (seen: ReleaseObservation) => boolean,
    options?: { release?: string; withinMs?: number },
  ): Promise<ReleaseObservation>
  /** Starts one, and waits until it is ready. */
  oneReady(spec: ReleaseSpec): Promise<Instance>
  /** Starts one, and waits for the first fact. */
  firstFact(spec: ReleaseSpec): Promise<HealthFact>
  /** What the engine says of the container of an instance. */
  // biome-ignore lint/suspicious/noExplicitAny: a whole answer of the Engine API
  inspect(instance: Instance): Promise<any>
  text(instance: Instance, path?: string): Promise<string>
  logs(options: Parameters<Target['logs']>[1]): AsyncIterable<LogLine>
  close(): Promise<void>
}

export async function openDockerWorld(
  options: { engine?: Engine; answerMs?: number } = {},
): Promise<DockerWorld> {
  const engine = options.engine ?? (await engineWithNode())
  const root = await mkdtemp(join(tmpdir(), 'sluice-docker-'))
  const own = openEngine({ ...process.env, DOCKER_HOST: engine.host })
  const { answerMs } = options
  const tried = answerMs === undefined ? own : openEngine({ DOCKER_HOST: engine.host }, { answerMs })
  let effect = 0

  const world: DockerWorld = {
    root,
    engine,
    target: openDockerTarget({ root, engine: tried }),

    async reopen() {
      await world.target.close()
      world.target = openDockerTarget({ root, engine: tried })
    },

    async spec(script, container = {}, more = {}) {
      const image = (await own.image('node:24-slim'))!.id
      const plain = plainSpec('r1', root)
      return {
        ...plain,
        target: 'docker',
        liveness: { ...plain.liveness, failures: 30 },
        container: { ...plainContainer(image, script), ...container },
        ...more,
      }
    },

    async scale(spec, count) {
      effect += 1
      await world.target.scale({ spec, count, fence: { token: 1, effect } })
    },

    async observe(release = 'r1') {
      const { releases } = await world.target.observe(environment)
      return (
        releases[release] ?? { wanted: 0, instances: [], exitsBeforeReady: 0, exitsAfterReady: 0, facts: [] }
      )
    },

    async until(isSo, { release = 'r1', withinMs = 60_000 } = {}) {
      for (const deadline = Date.now() + withinMs; Date.now() < deadline; ) {
        const { version } = await world.target.observe(environment)
        const seen = await world.observe(release)
        if (isSo(seen)) return seen
        await world.target.changed(environment, version, 1_000)
      }
      throw new Error(`did not come to pass: ${JSON.stringify(await world.observe(release), null, 1)}`)
    },

    async oneReady(spec) {
      await world.scale(spec, 1)
      const { instances } = await world.until(({ instances: [first] }) => first?.state === 'ready', {
        release: spec.release,
      })
      return instances[0]!
    },

    async firstFact(spec) {
      await world.scale(spec, 1)
      return (await world.until(({ facts }) => facts.length > 0)).facts[0]!
    },

    inspect: async ({ handle }) =>
      (await engine.ask(`/containers/${handle.replace('container ', '')}/json`)).body,

    async text({ address }, path = '/') {
      return (await fetch(`http://${address!.host}:${address!.port}${path}`)).text()
    },

    logs: (wish) => world.target.logs(environment, wish),

    async close() {
      await world.target.close()
      const left = await own.containers({ 'sluice.environment': environment })
      await Promise.all(left.map(({ id }) => own.remove(id)))
      await rm(root, { recursive: true, force: true })
    },
  }
  return world
}

/** All with this state, and so many. */
export function all(state: Instance['state'], count: number) {
  return ({ instances }: ReleaseObservation) =>
    instances.length === count && instances.every((instance) => instance.state === state)
}
