import { join } from 'node:path'
import { SluiceError } from '../../errors.ts'
import { readJson, writeJson } from '../../host/json-file.ts'
import { containerEnvironment } from '../docker/container-env.ts'
import { portInside } from '../docker/container-options.ts'
import type { Engine, ImageFacts } from '../docker/engine.ts'
import { LABELS, newestFirst } from '../docker/labels.ts'
import { credentialsFor } from '../docker/registry-credentials.ts'
import { todoAfterExit as todoOfContainer } from '../docker/todo-after-exit.ts'
import type { Body, Exit, Ground, Remains } from '../fleet/body.ts'
import type { Clock } from '../fleet/clock.ts'
import { type InstanceRecord, readRecord } from '../fleet/instance-record.ts'
import { parseInstanceId } from '../fleet/layout.ts'
import type { ReleaseSpec } from '../target.ts'
import { createdOrFound } from './created-or-found.ts'
import { createSecrets, removeSecrets, withPointers } from './instance-secrets.ts'
import { keepOutput } from './kept-output.ts'
import type { Managers } from './managers.ts'
import { serviceSpec } from './service-spec.ts'
import type { ServiceFacts, ServiceSpec, Swarm } from './swarm-api.ts'
import { swarmFences } from './swarm-fence.ts'
import { TaskBody } from './task-body.ts'
import { type Sight, TaskWatch } from './task-watch.ts'

export interface SwarmGroundOptions {
  managers: Managers
  swarm: Swarm
  /** Tells our services from those of another SLUICE_HOME in the same swarm. */
  home(): Promise<string>
  clock: Clock
  closed: AbortSignal
}

/** Instances as services of one swarm, each with one replica. */
export function swarmGround({ managers, swarm, home, clock, closed }: SwarmGroundOptions): Ground {
  let watching: Promise<TaskWatch> | null = null

  function watch(): Promise<TaskWatch> {
    watching ??= home().then(
      (id) => new TaskWatch(swarm, `${LABELS.home}=${id}`, { clock, closed }),
      (error) => {
        watching = null
        throw error
      },
    )
    return watching
  }

  async function ownedBy(spec: Pick<ReleaseSpec, 'environment'>, instance: string) {
    return {
      [LABELS.home]: await home(),
      [LABELS.environment]: spec.environment,
      [LABELS.instance]: instance,
    }
  }

  /** The body of a service that is there. */
  async function embody(
    { spec, record, folder }: { spec: ReleaseSpec; record: InstanceRecord; folder: string },
    service: Pick<ServiceFacts, 'id' | 'name' | 'labels'>,
    seen: Sight | null,
  ): Promise<Body> {
    const { container } = spec
    const parts = {
      service,
      network: container?.reach === 'address' ? (container.networks[0] ?? null) : null,
      // Only whoever adopts it reads this; without it they ask anew whether it is ready.
      onTask: (task: string) =>
        void writeJson(taskFile(folder), { task }, { durable: false }).catch(() => {}),
      onEnd: () => keepOutput(swarm, service.id, folder, { clock, closed }),
      // `forget` tries again.
      onGone: async () => removeSecrets(swarm, await ownedBy(spec, record.id)).catch(() => {}),
    }
    const around = { swarm, watch: await watch(), engineOn: managers.engineOn, clock, closed }
    return new TaskBody(parts, around, seen)
  }

  return {
    words: {
      body: 'the container',
      listenHost: '0.0.0.0',
      started: ({ container }) => `the image ${container?.image.slice(0, 80) ?? '?'}`,
      todoAfterExit,
      todoWhileMissing,
    },

    accept: swarmFences(swarm, home),
    refuse({ release, container }) {
      if (container?.reach === 'address' && container.networks.length === 0) throw noNetwork(release)
    },
    waitsForPredecessor: () => false,
    reserve: async () => null,
    letGo() {},

    async start({ spec, record, folder }) {
      const image = await imageOf(managers.engines, spec)
      const port = portInside(spec, image)
      const given = { instance: record.id, port, folder }
      const variables = await containerEnvironment(withPointers(spec), image, given)
      const request = { spec, image, instance: record, home: await home(), env: variables.env }
      const secrets = await createSecrets(swarm, request)
      const made = serviceSpec({ ...request, secrets })
      const credentials = await credentialsFor(spec.container!.image, managers.env)
      try {
        const id = await createdOrFound(
          () => swarm.createService(made, credentials),
          () => ownService(swarm, made),
        )
        return await embody({ spec, record, folder }, { id, name: made.Name, labels: made.Labels }, null)
      } catch (error) {
        await removeSecrets(swarm, await ownedBy(spec, record.id)).catch(() => {})
        throw startFailure(error)
      }
    },

    async find(spec, instancesFolder) {
      const labels = {
        ...{ [LABELS.home]: await home(), [LABELS.environment]: spec.environment },
        [LABELS.release]: spec.release,
      }
      const remains: Remains = { running: [], lost: [] }
      const found = await swarm.services(labels)
      if (found.length === 0) return remains
      const seen = await (await watch()).look()
      for (const service of found.toSorted(newestFirst)) {
        const instance = service.labels[LABELS.instance]!
        const parsed = parseInstanceId(instance)
        if (parsed === null) continue
        const folder = join(instancesFolder, instance)
        const record = await recordOf(instance, parsed, folder, currentTask(service, seen))
        const body = await embody({ spec, record, folder }, service, seen)
        const isSpare = remains.running.some((it) => it.record.slot === record.slot)
        // One that another was to replace, or that was told to end.
        if (isSpare || service.replicas === 0) await body.end(spec.graceMs)
        else remains.running.push({ record, folder, body })
      }
      return remains
    },

    async forget(environment, instances) {
      if (instances.length === 0) return
      const labels = { [LABELS.home]: await home(), [LABELS.environment]: environment }
      const isMeant = (instance: string) => instances.includes(instance)
      const left = (await swarm.services(labels)).filter((it) => isMeant(it.labels[LABELS.instance] ?? ''))
      await Promise.all(left.map(({ id }) => swarm.removeService(id)))
      await removeSecrets(swarm, labels, isMeant)
    },
  }

  /** One that Swarm has restarted since it was last seen ready has to show again that it is. */
  async function recordOf(
    id: string,
    { release, slot }: { release: string; slot: number },
    folder: string,
    task: string | null,
  ): Promise<InstanceRecord> {
    const known = await readRecord(folder)
    if (known === null) return { id, release, slot, startedAt: clock.now(), readyAt: null, ended: null }
    const followed = await readJson<{ task: string }>(taskFile(folder)).catch(() => null)
    return followed?.task === task ? known : { ...known, readyAt: null }
  }
}

const taskFile = (folder: string) => join(folder, 'task.json')

function currentTask({ id }: ServiceFacts, { tasks }: Sight): string | null {
  return tasks.get(id)?.find(({ isWanted, isOver }) => isWanted && !isOver)?.id ?? null
}

/** What the first manager that has it says of the image; one of a registry is fetched where none has. */
async function imageOf(engines: readonly Engine[], { release, container }: ReleaseSpec): Promise<ImageFacts> {
  if (container === undefined) throw new SluiceError('START_FAILED', `${release} was not made for containers`)
  let failure: unknown = null
  for (const isPulled of container.image.includes('@') ? [false, true] : [false]) {
    for (const engine of engines) {
      try {
        if (isPulled) await engine.pull(container.image)
        const image = await engine.image(container.image)
        if (image !== null) return image
        failure = null
      } catch (error) {
        failure = error
      }
    }
  }
  if (failure !== null) throw failure
  throw new SluiceError('START_FAILED', `the image of ${release} is not there any more: ${container.image}`, {
    todo: 'It was removed by something else; deploy again.',
  })
}

/** The service of this instance, where it has our labels. */
async function ownService(swarm: Swarm, { Name, Labels }: ServiceSpec): Promise<string | null> {
  const found = await swarm.service(Name)
  const isOurs = [LABELS.home, LABELS.instance].every((label) => found?.labels[label] === Labels[label])
  return found !== null && isOurs ? found.id : null
}

function todoAfterExit(exit: Exit, spec: ReleaseSpec): string | undefined {
  const { signal, said = '' } = exit
  const isUnknown = /executable file not found/i.test(said)
  const usual = todoOfContainer(isUnknown ? { ...exit, code: 127 } : exit, spec)
  if (usual !== undefined) return usual
  if (/no such image|manifest|pull access denied|not found.*registry/i.test(said)) {
    return 'Every node of the swarm has to be able to get the image: push it to a registry that all of them reach, and let image: name it there.'
  }
  if (/bind source path does not exist|invalid mount/i.test(said)) {
    return 'A folder in container.volumes has to be on every node where it may run: make it there, or use a volume, or container.constraints.'
  }
  if (signal === 'SIGKILL' && spec.container?.memoryBytes != null) {
    return 'Swarm does not say whether it had used up its memory (container.memory); the kernel of that node does: journalctl -k | grep -i oom'
  }
  return undefined
}

function todoWhileMissing(missing: string, { container }: ReleaseSpec): string {
  if (/no suitable node/i.test(missing)) {
    const constraints = container?.constraints.length
      ? ` (container.constraints: ${container.constraints.join(', ')})`
      : ''
    return `Let a node fit${constraints}: docker node ls shows which are ready, docker node inspect NAME what labels it has.`
  }
  if (/preparing/i.test(missing)) {
    return 'Its node is still fetching the image or making its network: give it more time (health.startup), or look at that node.'
  }
  return 'docker service ps NAME on a manager says more; health.startup gives it more time.'
}

/** Swarm's own words for a service that cannot be, in ours. */
function startFailure(error: unknown): unknown {
  if (!(error instanceof SluiceError)) return error
  if (error.code !== 'ENGINE_REFUSED' && error.code !== 'IMAGE_NOT_FOUND') return error
  const todo = /network/i.test(error.message)
    ? 'A network of a swarm has to be there, and to span it: docker network create --driver overlay NAME.'
    : error.todo
  return new SluiceError('START_FAILED', error.message, {
    ...(todo === undefined ? {} : { todo }),
    cause: error,
  })
}

function noNetwork(release: string): SluiceError {
  const message = `${release} is to be reached at the addresses of its instances (container.reach: address), and has no network`
  return new SluiceError('START_FAILED', message, {
    todo: 'Name an overlay network that the router is in as well (container.networks), or use container.reach: port.',
  })
}
