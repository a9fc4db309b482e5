import { join } from 'node:path'
import { SluiceError } from '../../errors.ts'
import type { Address, Body, Exit, Ground, Remains } from '../fleet/body.ts'
import type { Clock } from '../fleet/clock.ts'
import { type InstanceRecord, readRecord, saveRecord } from '../fleet/instance-record.ts'
import { parseInstanceId } from '../fleet/layout.ts'
import type { ReleaseSpec } from '../target.ts'
import { bodyOf, evidenceOf, exitOf } from './container-body.ts'
import { containerEnvironment } from './container-env.ts'
import { containerOptions, portInside } from './container-options.ts'
import { ContainerWatch } from './container-watch.ts'
import type { ContainerFacts, Engine, ImageFacts } from './engine.ts'
import { LABELS } from './labels.ts'

export interface DockerGroundOptions {
  engine: Engine
  /** Tells our containers from those of another SLUICE_HOME on the same engine. */
  home(): Promise<string>
  clock: Clock
  closed: AbortSignal
}

/** Instances as containers of one engine. */
export function dockerGround({ engine, home, clock, closed }: DockerGroundOptions): Ground {
  const watches = new Map<string, ContainerWatch>()

  async function watchOf(): Promise<ContainerWatch> {
    const label = `${LABELS.home}=${await home()}`
    const known = watches.get(label)
    if (known !== undefined) return known
    const watch = new ContainerWatch(engine, label, { clock, closed })
    watches.set(label, watch)
    return watch
  }

  async function imageOf({ release, container }: ReleaseSpec): Promise<ImageFacts> {
    if (container === undefined)
      throw new SluiceError('START_FAILED', `${release} was not made for containers`)
    const image = await engine.image(container.image)
    if (image !== null) return image
    throw new SluiceError(
      'START_FAILED',
      `the image of ${release} is not there any more: ${container.image}`,
      {
        todo: 'It was removed by something else; deploy again.',
      },
    )
  }

  /** The body of a container that runs. */
  async function embody(spec: ReleaseSpec, image: ImageFacts, facts: ContainerFacts): Promise<Body> {
    const appPort = portInside(spec, image)
    const { hasHealthcheck, stopSignal } = image
    const address = addressOf(spec, facts, appPort)
    const watch = await watchOf()
    const parts = { facts, address, appPort, hasHealthcheck, stopSignal, onEnd: () => {} }
    return bodyOf(parts, { engine, watch, clock, closed })
  }

  // Of a start that has failed nothing is kept but what it said.
  async function startContainer(container: string, { release }: ReleaseSpec): Promise<ContainerFacts> {
    try {
      await engine.start(container)
      const facts = await engine.container(container)
      if (facts !== null) return facts
      throw new SluiceError('START_FAILED', `the container of ${release} was removed by something else`)
    } catch (error) {
      await engine.remove(container).catch(() => {})
      throw startFailure(error)
    }
  }

  return {
    words: {
      body: 'the container',
      listenHost: '0.0.0.0',
      started: ({ container }) => `the image ${container?.image.slice(0, 19) ?? '?'}`,
      todoAfterExit,
    },

    refuse() {},
    waitsForPredecessor: () => false,
    reserve: async () => null,
    letGo() {},

    async start({ spec, record, folder }) {
      const image = await imageOf(spec)
      const port = portInside(spec, image)
      const { env, secretFiles } = await containerEnvironment(spec, image, {
        instance: record.id,
        port,
        folder,
      })
      if (Object.keys(secretFiles).length > 0 && !engine.isLocal) throw noFilesThere(engine)
      const options = containerOptions({
        spec,
        image,
        instance: record,
        home: await home(),
        env,
        secretFiles,
        publishOn: publishes(spec, engine) ? publicAddress(engine) : null,
      })
      const container = await engine.create(options)
      const [, ...others] = spec.container!.networks
      await Promise.all(others.map((network) => engine.join(network, container)))
      return embody(spec, image, await startContainer(container, spec))
    },

    async find(spec, instancesFolder) {
      const labels = {
        [LABELS.home]: await home(),
        [LABELS.environment]: spec.environment,
        [LABELS.release]: spec.release,
      }
      const found = await engine.containers(labels)
      const remains: Remains = { running: [], lost: [] }
      if (found.length === 0) return remains
      const image = await imageOf(spec)
      for (const { id, labels: its } of found.toSorted(newestFirst)) {
        const facts = await engine.container(id)
        if (facts === null) continue
        await place(remains, facts, its[LABELS.instance]!, instancesFolder, (running) =>
          embody(spec, image, running),
        )
      }
      return remains
    },

    async forget(environment, instances) {
      if (instances.length === 0) return
      const labels = { [LABELS.home]: await home(), [LABELS.environment]: environment }
      const found = await engine.containers(labels)
      const gone = found.filter(({ labels: its }) => instances.includes(its[LABELS.instance]!))
      await Promise.all(gone.map(({ id }) => engine.remove(id)))
    },
  }

  async function place(
    { running, lost }: Remains,
    facts: ContainerFacts,
    instance: string,
    instancesFolder: string,
    embodyIt: (facts: ContainerFacts) => Promise<Body>,
  ): Promise<void> {
    const parsed = parseInstanceId(instance)
    if (parsed === null) return
    const folder = join(instancesFolder, instance)
    const record = (await readRecord(folder)) ?? recordFrom(instance, parsed, clock.now())
    const isSpare = running.some((it) => it.record.slot === record.slot)
    if (facts.isRunning && !isSpare) {
      running.push({ record, folder, body: await embodyIt(facts) })
      return
    }
    // A start that was never finished, or that another one was to replace.
    if (facts.isRunning || facts.isNew) {
      await engine.remove(facts.id)
      return
    }
    if (record.ended !== null) return
    await saveRecord(folder, { ...record, ended: clock.now() }).catch(() => {})
    lost.push({ record, exit: exitOf(facts), witness: { evidence: () => evidenceOf(engine, facts) } })
  }
}

/** Where the router reaches it; nowhere, when it has ended already. */
function addressOf(spec: ReleaseSpec, facts: ContainerFacts, port: number): Address | null {
  if (!facts.isRunning) return null
  const published = facts.ports[port]
  if (published !== undefined && published.port > 0) {
    const host = published.host === '' || published.host === '0.0.0.0' ? '127.0.0.1' : published.host
    return { host, port: published.port }
  }
  const [network] = spec.container!.networks
  const host =
    (network === undefined ? undefined : facts.addresses[network]) ?? Object.values(facts.addresses)[0]
  if (host !== undefined) return { host, port }
  throw new SluiceError('START_FAILED', `the container ${facts.name} has no address of its own`, {
    todo: 'Give it a network (container.networks), or container.reach: port.',
  })
}

/** Only on Linux, and only of the machine it is on, can a container be reached at its own address. */
function publishes({ container }: ReleaseSpec, engine: Engine): boolean {
  if (container?.reach != null) return container.reach === 'port'
  return !engine.isLocal || process.platform !== 'linux'
}

function publicAddress({ isLocal }: Engine): string {
  return isLocal ? '127.0.0.1' : '0.0.0.0'
}

function todoAfterExit({ code, isOutOfMemory }: Exit, { container }: ReleaseSpec): string | undefined {
  if (isOutOfMemory === true) return 'Give it more memory (container.memory), or find the leak.'
  if (code === 126 || code === 127) {
    const what = container?.command?.join(' ') ?? "the image's own command"
    return `Is the command there, and may it be run by that user? The container runs ${what}.`
  }
  return undefined
}

/** The engine's own words for a command that cannot be run, in ours. */
function startFailure(error: unknown): unknown {
  if (!(error instanceof SluiceError) || error.code !== 'ENGINE_REFUSED') return error
  const { message } = error
  const todo = /executable file not found|no such file or directory/i.test(message)
    ? 'Is the command in the image? A command line (rather than a list of words) needs a shell there.'
    : /network .* not found/i.test(message)
      ? 'Make the network first: docker network create NAME.'
      : error.todo
  return new SluiceError('START_FAILED', message, { ...(todo === undefined ? {} : { todo }), cause: error })
}

function noFilesThere({ address }: Engine): SluiceError {
  return new SluiceError(
    'START_FAILED',
    `container.secrets: files wants an engine on this machine, and ${address} is another one`,
    { todo: 'Use container.secrets: env there.' },
  )
}

/** What is known of an instance whose record was lost. */
function recordFrom(
  id: string,
  { release, slot }: { release: string; slot: number },
  now: number,
): InstanceRecord {
  return { id, release, slot, startedAt: now, readyAt: null, ended: null }
}

function newestFirst(a: { labels: Record<string, string> }, b: { labels: Record<string, string> }): number {
  const start = ({ labels }: typeof a) => parseInstanceId(labels[LABELS.instance] ?? '')?.start ?? 0
  return start(b) - start(a)
}
