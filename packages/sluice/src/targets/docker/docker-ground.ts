import { lookup } from 'node:dns/promises'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../../errors.ts'
import type { Address, Body, Ground, Remains } from '../fleet/body.ts'
import { type Clock, pause } from '../fleet/clock.ts'
import { type InstanceRecord, readRecord, saveRecord } from '../fleet/instance-record.ts'
import { parseInstanceId } from '../fleet/layout.ts'
import type { ReleaseSpec } from '../target.ts'
import { bodyOf, evidenceOf, exitOf } from './container-body.ts'
import { containerEnvironment } from './container-env.ts'
import { containerOptions, portInside } from './container-options.ts'
import { ContainerWatch } from './container-watch.ts'
import type { ContainerFacts, Engine, ImageFacts } from './engine.ts'
import { LABELS, newestFirst } from './labels.ts'
import { todoAfterExit } from './todo-after-exit.ts'

/** Between attempts to remove what an engine that could not be asked may have left. */
const FORGET_AGAIN_MS = 2_000

export interface DockerGroundOptions {
  engine: Engine
  /** Tells our containers from those of another SLUICE_HOME on the same engine. */
  home(): Promise<string>
  clock: Clock
  closed: AbortSignal
}

/** Instances as containers of one engine. */
export function dockerGround({ engine, home, clock, closed }: DockerGroundOptions): Ground {
  let watch: ContainerWatch | null = null

  async function embody(spec: ReleaseSpec, facts: ContainerFacts, folder: string): Promise<Body> {
    const label = `${LABELS.home}=${await home()}`
    watch ??= new ContainerWatch(engine, label, { clock, closed })
    const appPort = Number(facts.labels[LABELS.port]) || portInside(spec, { exposed: [] })
    const address = await addressOf(engine, spec, facts, appPort)
    const body = bodyOf({ facts, address, appPort }, { engine, watch, clock, closed })
    // Nobody reads them any more.
    void body.exited.then(() => removeSecrets(folder)).catch(() => {})
    return body
  }

  async function make({ spec, record, folder }: Start): Promise<ContainerFacts> {
    const image = await imageOf(engine, spec)
    const port = portInside(spec, image)
    const { env, secretFiles } = await containerEnvironment(spec, image, {
      instance: record.id,
      port,
      folder,
    })
    if (Object.keys(secretFiles).length > 0 && !engine.isLocal) throw noFilesThere(engine)
    const request = { spec, image, instance: record, home: await home(), env, secretFiles }
    const publishOn = publishes(spec, engine) ? publicAddress(engine) : null
    const container = await engine.create(containerOptions({ ...request, publishOn }))
    const [, ...others] = spec.container!.networks
    for (const network of others) await engine.join(network, container)
    await engine.start(container)
    const facts = await engine.container(container)
    if (facts !== null) return facts
    throw new SluiceError('START_FAILED', `the container of ${spec.release} was removed by something else`)
  }

  async function forget(environment: string, instances: string[]): Promise<void> {
    if (instances.length === 0) return
    const labels = { [LABELS.home]: await home(), [LABELS.environment]: environment }
    const found = await engine.containers(labels)
    const gone = found.filter(({ labels: its }) => instances.includes(its[LABELS.instance]!))
    await Promise.all(gone.map(({ id }) => engine.remove(id)))
  }

  // By its labels, for an engine that did not answer may have made it all the same, or make it yet.
  async function forgetSoon(environment: string, instance: string): Promise<void> {
    while (!closed.aborted) {
      await pause(clock, FORGET_AGAIN_MS, closed)
      const isDone = await forget(environment, [instance]).then(
        () => true,
        () => false,
      )
      if (isDone) return
    }
  }

  async function place(remains: Remains, spec: ReleaseSpec, facts: ContainerFacts, folder: string) {
    const { running, lost } = remains
    const id = facts.labels[LABELS.instance] ?? ''
    const parsed = parseInstanceId(id)
    if (parsed === null) return
    const record = (await readRecord(folder)) ?? recordFrom(id, parsed, clock.now())
    const isSpare = running.some((it) => it.record.slot === record.slot)
    // Marked as ended although it runs: nobody could be asked to end it.
    if (facts.isRunning && !isSpare && record.ended === null) {
      running.push({ record, folder, body: await embody(spec, facts, folder) })
      return
    }
    if (facts.isRunning || facts.isNew) {
      await engine.remove(facts.id)
      return
    }
    if (record.ended !== null) return
    await removeSecrets(folder).catch(() => {})
    await saveRecord(folder, { ...record, ended: clock.now() }).catch(() => {})
    lost.push({ record, exit: exitOf(facts), witness: { evidence: () => evidenceOf(engine, facts) } })
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

    async start(start) {
      const { spec, record, folder } = start
      try {
        return await embody(spec, await make(start), folder)
      } catch (error) {
        await removeSecrets(folder).catch(() => {})
        await forget(spec.environment, [record.id]).catch(() => {
          void forgetSoon(spec.environment, record.id)
        })
        throw startFailure(error)
      }
    },

    async find(spec, instancesFolder) {
      const labels = {
        [LABELS.home]: await home(),
        [LABELS.environment]: spec.environment,
        [LABELS.release]: spec.release,
      }
      const remains: Remains = { running: [], lost: [] }
      const found = await engine.containers(labels)
      for (const { id, labels: its } of found.toSorted(newestFirst)) {
        const facts = await engine.container(id)
        if (facts !== null)
          await place(remains, spec, facts, join(instancesFolder, its[LABELS.instance] ?? ''))
      }
      return remains
    },

    forget,
  }
}

type Start = Parameters<Ground['start']>[0]

async function imageOf(engine: Engine, { release, container }: ReleaseSpec): Promise<ImageFacts> {
  if (container === undefined) throw new SluiceError('START_FAILED', `${release} was not made for containers`)
  const image = await engine.image(container.image)
  if (image === null) {
    throw new SluiceError(
      'START_FAILED',
      `the image of ${release} is not there any more: ${container.image}`,
      {
        todo: 'It was removed by something else; deploy again.',
      },
    )
  }
  if (image.hasCommand || container.command !== null) return image
  throw new SluiceError('START_FAILED', `the image of ${release} names no command to run`, {
    todo: 'Write CMD ["program", "argument"] in its Dockerfile, or give it container.command.',
  })
}

function removeSecrets(folder: string): Promise<void> {
  return rm(join(folder, 'secrets'), { recursive: true, force: true })
}

/** Where the router reaches it; nowhere, when it has ended already. */
async function addressOf(
  engine: Engine,
  spec: ReleaseSpec,
  facts: ContainerFacts,
  port: number,
): Promise<Address | null> {
  if (!facts.isRunning) return null
  const published = facts.ports[port]
  if (published !== undefined && published.port > 0) {
    const isAnywhere = ['', '0.0.0.0', '::'].includes(published.host)
    return { host: isAnywhere ? await numeric(engine.host) : published.host, port: published.port }
  }
  const [network] = spec.container!.networks
  const host =
    (network === undefined ? undefined : facts.addresses[network]) ?? Object.values(facts.addresses)[0]
  if (host !== undefined) return { host, port }
  throw new SluiceError('START_FAILED', `the container ${facts.name} has no address of its own`, {
    todo: 'Give it a network (container.networks), or container.reach: port.',
  })
}

async function numeric(host: string): Promise<string> {
  try {
    return (await lookup(host)).address
  } catch (cause) {
    throw new SluiceError(
      'START_FAILED',
      `the engine's machine is called ${host}, and nobody knows its address`,
      {
        cause,
      },
    )
  }
}

/** Only on Linux, and only of the machine it is on, can a container be reached at its own address. */
function publishes({ container }: ReleaseSpec, engine: Engine): boolean {
  if (container?.reach != null) return container.reach === 'port'
  return !engine.isLocal || process.platform !== 'linux'
}

function publicAddress({ isLocal }: Engine): string {
  return isLocal ? '127.0.0.1' : '0.0.0.0'
}

/** The engine's own words for what cannot be started, in ours. */
function startFailure(error: unknown): unknown {
  if (!(error instanceof SluiceError) || error.code !== 'ENGINE_REFUSED') return error
  const { message } = error
  const command =
    /exec: "([^"]*)": (?:executable file not found in \$PATH|.*?(no such file or directory|permission denied))/i.exec(
      message,
    )
  const network = /network (\S+) not found/i.exec(message)
  if (command !== null) {
    const why = command[2] ?? 'it is not in the PATH of the image'
    return new SluiceError('START_FAILED', `the container cannot run "${command[1]}": ${why}`, {
      todo: 'Is the command in the image, and may that user run it? A command line (rather than a list of words) needs a shell there.',
      cause: error,
    })
  }
  if (network !== null) {
    return new SluiceError('START_FAILED', `the engine has no network ${network[1]}`, {
      todo: `Make it first: docker network create ${network[1]}`,
      cause: error,
    })
  }
  const { todo } = error
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
