import { SluiceError } from '../../errors.ts'
import { endedWith, evidenceOf, KILLED_WITHIN_MS } from '../docker/container-body.ts'
import type { Engine } from '../docker/engine.ts'
import { LABELS } from '../docker/labels.ts'
import type { Address, Body, BodyListener, Evidence, Exit } from '../fleet/body.ts'
import { type Clock, pause } from '../fleet/clock.ts'
import { READ_LINES } from '../fleet/health-facts.ts'
import { ask, type ProbeAnswer } from '../fleet/probe.ts'
import type { Probe } from '../target.ts'
import { linesOf } from './service-lines.ts'
import { HEALTH_LABEL } from './service-spec.ts'
import type { ServiceFacts, Swarm } from './swarm-api.ts'
import type { NodeFacts, TaskFacts } from './task-facts.ts'
import type { Sight, TaskWatch } from './task-watch.ts'

const LOOK_AGAIN_MS = 200
/** Between attempts to end what could not be ended. */
const END_AGAIN_MS = 5_000
/** So soon Swarm tells the tasks of a service that they are to end. */
const HEARD_WITHIN_MS = 1_000
/** Nodes that do not answer keep the output of their tasks to themselves. */
const EVIDENCE_MS = 3_000
/** Swarm clears away at least every quarter of a second; what it keeps for the history it never does. */
const CLEARED_WITHIN_MS = 1_000

export interface ServiceParts {
  service: Pick<ServiceFacts, 'id' | 'name' | 'labels'>
  /** The network over which it is reached at its own address; null: by a port of its node. */
  network: string | null
  /** Told whenever another task is followed. */
  onTask(task: string): void
  /** Called before it ends, for whoever keeps what it prints; what it returns is called after it has ended. */
  onEnd(): () => Promise<void>
  /** Called when nothing of it is left. Never rejects. */
  onGone(): Promise<void>
}

export interface Surroundings {
  swarm: Swarm
  watch: TaskWatch
  engineOn(node: string): Promise<Engine | null>
  clock: Clock
  closed: AbortSignal
}

/**
 * The body of an instance that is a service: the task of it that Swarm wants to run. A task that ends by itself is the end
 * of the instance. One that Swarm replaces, because its node is drained or gone, is not: the instance has moved.
 */
export class TaskBody implements Body {
  readonly appPort: number
  readonly exited: Promise<Exit>
  readonly #parts: ServiceParts
  readonly #around: Surroundings
  readonly #exit = Promise.withResolvers<Exit>()
  readonly #stopWatching: () => void
  #listener: BodyListener = { changed() {}, moved() {} }
  #task: TaskFacts | null = null
  #node: NodeFacts | null = null
  #ending: Promise<void> | null = null
  #kept: (() => Promise<void>) | null = null
  #isLeftOver = false
  #state: 'alive' | 'crashing' | 'ending' | 'over' = 'alive'

  /** `seen` is from a look that began after its service was there; null right after its creation. */
  constructor(parts: ServiceParts, around: Surroundings, seen: Sight | null) {
    this.#parts = parts
    this.#around = around
    this.appPort = Number(parts.service.labels[LABELS.port])
    this.exited = this.#exit.promise
    if (seen !== null) this.#see(seen)
    const body = this
    this.#stopWatching = around.watch.watch({
      see: (sight) => this.#see(sight),
      get isBusy() {
        return body.#isBusy
      },
    })
    if (this.#state === 'over') this.#stopWatching()
  }

  get handle(): string {
    const task = this.#task === null ? '' : `, task ${this.#task.id.slice(0, 12)}`
    const node = this.#node === null ? '' : ` on ${this.#node.name}`
    return `service ${this.#parts.service.name}${task}${node}`
  }

  get address(): Address | null {
    const task = this.#task
    if (task === null || task.state !== 'running' || !task.isWanted || this.#state === 'over') return null
    const { network } = this.#parts
    if (network !== null) {
      const host = task.addresses[network]
      return host === undefined ? null : { host, port: this.appPort }
    }
    if (task.publishedPort === null || this.#node === null) return null
    return { host: this.#node.address, port: task.publishedPort }
  }

  get missing(): string | null {
    if (this.#task === null) return 'Swarm has made no task of it yet'
    const { state, said, isOver } = this.#task
    if (state === 'running') return this.address === null ? 'Swarm has published no port of it' : null
    if (isOver) return `Swarm says of its task: ${said}`
    const where =
      this.#node === null ? 'Swarm has not placed it' : `it is not running on ${this.#node.name} yet`
    return `${where}: ${state}, ${said}`
  }

  follow(listener: BodyListener): void {
    this.#listener = listener
  }

  ask(probe: Probe): Promise<ProbeAnswer> {
    const { missing, address } = this
    if (missing !== null || address === null) {
      return Promise.resolve({ isOk: false, found: missing ?? 'it does not run' })
    }
    // Swarm counts a task as running only when the image's own check has passed, and ends one whose check fails.
    if (probe.path === undefined && probe.port === undefined && HEALTH_LABEL in this.#parts.service.labels) {
      return Promise.resolve({ isOk: true, found: 'the HEALTHCHECK of the image says healthy' })
    }
    return this.#askAt(address, probe)
  }

  /** An end that could not be brought about is tried again: nobody else would, and Swarm keeps alive what is left. */
  end(graceMs: number): Promise<void> {
    this.#ending ??= this.#end(graceMs)
      .catch((error) => {
        void this.#endLater(graceMs)
        throw error
      })
      .finally(() => {
        this.#ending = null
      })
    return this.#ending
  }

  /**
   * SIGKILL where we reach the engine of its node. Elsewhere Swarm is made to replace its task, which is the nearest that a
   * manager can do: SIGTERM comes first then.
   */
  crash(): void {
    if (this.#state !== 'alive') return
    this.#state = 'crashing'
    // A crash that does not come is noticed by whoever waits for it.
    this.#crash().catch(() => {
      if (this.#state === 'crashing') this.#state = 'alive'
    })
    this.#around.watch.soon()
  }

  async evidence(): Promise<Evidence> {
    const task = this.#task
    const late = pause(this.#around.clock, EVIDENCE_MS, this.#around.closed).then(() => NO_EVIDENCE)
    return Promise.race([this.#evidence(task).catch(() => NO_EVIDENCE), late])
  }

  get #isBusy(): boolean {
    return this.#state === 'crashing' || this.address === null
  }

  async #askAt(address: Address, probe: Probe): Promise<ProbeAnswer> {
    const answer = await ask(address, probe)
    // Perhaps it is not there any more.
    if (!answer.isOk) this.#around.watch.soon()
    return answer
  }

  #see(sight: Sight): void {
    if (this.#state === 'ending' || this.#state === 'over') return
    const tasks = sight.tasks.get(this.#parts.service.id) ?? []
    if (tasks.length === 0) {
      // Before its first task there is none either.
      if (this.#task !== null) void this.#mayBeGone()
      return
    }
    const before = { task: this.#task?.id, shown: this.#shown() }
    const followed = tasks.find(({ id }) => id === before.task) ?? null
    if (followed?.hasFailed === true) this.#finish(followed, sight)
    else if (followed !== null && !followed.isWanted && this.#state === 'crashing')
      this.#finish(followed, sight)
    else if (followed !== null && (followed.isWanted || tasks[0] === followed)) this.#take(followed, sight)
    else this.#moveTo(tasks, sight)
    if (this.#shown() !== before.shown) this.#listener.changed()
  }

  /** From one task to the next; the first one that is seen is none. */
  #moveTo(tasks: TaskFacts[], sight: Sight): void {
    const former = this.#node
    const isFirst = this.#task === null
    const next = tasks.find(({ isOver, isWanted }) => !isOver && isWanted) ?? tasks[0]!
    if (isFirst && next.hasFailed && !tasks.some(({ isWanted }) => isWanted)) {
      this.#finish(next, sight)
      return
    }
    this.#take(next, sight)
    this.#parts.onTask(next.id)
    if (!isFirst) this.#listener.moved(whyMoved(former, sight))
  }

  #take(task: TaskFacts, { nodes }: Sight): void {
    this.#task = task
    this.#node = task.node === null ? null : (nodes.get(task.node) ?? null)
  }

  #finish(task: TaskFacts, sight: Sight): void {
    const wasCrashed = this.#state === 'crashing'
    this.#take(task, sight)
    this.#state = 'over'
    this.#stopWatching?.()
    void this.#exitOf(task, wasCrashed).then(this.#exit.resolve)
  }

  async #mayBeGone(): Promise<void> {
    const found = await this.#around.swarm.service(this.#parts.service.id).catch(() => undefined)
    if (found !== null || this.#state === 'ending' || this.#state === 'over') return
    this.#state = 'over'
    this.#stopWatching()
    this.#exit.resolve({ code: null, signal: null, isRemoved: true })
  }

  async #exitOf(task: TaskFacts, wasCrashed: boolean): Promise<Exit> {
    const where = this.#node === null ? '' : ` on ${this.#node.name}`
    if (wasCrashed && !task.hasFailed) {
      return { code: null, signal: null, said: `Sluice had Swarm replace it${where}, as a crash` }
    }
    const said = `${task.said}${where}`
    if (task.container === null || task.state === 'rejected') return { code: null, signal: null, said }
    const engine = task.node === null ? null : await this.#around.engineOn(task.node).catch(() => null)
    const facts = await engine?.container(task.container).catch(() => null)
    return {
      ...endedWith(task.exitCode),
      said,
      ...(facts?.wasOutOfMemory === true ? { isOutOfMemory: true } : {}),
    }
  }

  async #end(graceMs: number): Promise<void> {
    const { swarm, watch, clock, closed } = this.#around
    const { id, name } = this.#parts.service
    if (this.#state !== 'over') this.#state = 'ending'
    this.#stopWatching()
    // Once for all attempts: it goes on until there is nothing left to hear.
    this.#kept ??= this.#parts.onEnd()
    await swarm.changeService(id, (spec) => ({ ...spec, Mode: { Replicated: { Replicas: 0 } } }))
    const told = clock.now()
    const limit = Math.ceil(graceMs / 1_000) * 1_000 + KILLED_WITHIN_MS
    let isRemoved = false
    for (;;) {
      const sight = await watch.look().catch(() => null)
      const alive = sight === null ? null : aliveOf(id, sight)
      if (alive?.length === 0) break
      const passed = clock.now() - told
      if (passed > limit || closed.aborted) throw stillRuns(name, alive, passed)
      // Swarm loses an order that comes while it makes the first task. It does not lose the end of the service.
      if (!isRemoved && passed > HEARD_WITHIN_MS && alive?.some(({ isWanted }) => isWanted)) {
        await swarm.removeService(id)
        isRemoved = true
      }
      await pause(clock, LOOK_AGAIN_MS, closed)
    }
    await this.#kept()
    await this.#clearedAway()
    await swarm.removeService(id)
    await this.#parts.onGone()
  }

  /**
   * Waits, not for long, until Swarm has cleared away the tasks that are over. A service that is removed just then takes the
   * manager with it: SetServiceTasksRemove of the swarmkit in Docker 20.10 asks for a task that is gone, and panics.
   */
  async #clearedAway(): Promise<void> {
    const { watch, clock, closed } = this.#around
    const { id } = this.#parts.service
    const since = clock.now()
    while (clock.now() - since < CLEARED_WITHIN_MS && !closed.aborted) {
      const sight = await watch.look().catch(() => null)
      if (sight !== null && (sight.tasks.get(id) ?? []).length === 0) return
      await pause(clock, LOOK_AGAIN_MS, closed)
    }
  }

  async #endLater(graceMs: number): Promise<void> {
    const { clock, closed } = this.#around
    if (this.#isLeftOver) return
    this.#isLeftOver = true
    while (this.#isLeftOver && !closed.aborted) {
      await pause(clock, END_AGAIN_MS, closed)
      if (closed.aborted) return
      this.#isLeftOver = await this.#end(graceMs).then(
        () => false,
        () => true,
      )
    }
  }

  async #crash(): Promise<void> {
    const { swarm, engineOn } = this.#around
    const task = this.#task
    const engine = task?.node == null ? null : await engineOn(task.node)
    if (engine !== null && task?.container != null) {
      await engine.signal(task.container, 'SIGKILL')
      return
    }
    await swarm.changeService(this.#parts.service.id, (spec) => {
      const { TaskTemplate } = spec
      return { ...spec, TaskTemplate: { ...TaskTemplate, ForceUpdate: (TaskTemplate.ForceUpdate ?? 0) + 1 } }
    })
  }

  async #evidence(task: TaskFacts | null): Promise<Evidence> {
    const { swarm, engineOn } = this.#around
    const engine = task?.node == null ? null : await engineOn(task.node)
    if (engine !== null && task?.container != null) {
      return evidenceOf(engine, {
        id: task.container,
        pid: task.state === 'running' ? task.pid : 0,
        error: '',
      })
    }
    if (task?.container == null) return NO_EVIDENCE
    const read = async (stream: 'stdout' | 'stderr') => ({
      stream,
      lines: (await linesOf(swarm, this.#parts.service.id, stream, READ_LINES)).map(({ text }) => text),
    })
    return { opened: [], printed: await Promise.all([read('stdout'), read('stderr')]) }
  }

  #shown(): string {
    const { address } = this
    return `${this.handle} ${address?.host} ${address?.port}`
  }
}

const NO_EVIDENCE: Evidence = { opened: [], printed: [] }

/** What still runs of a service, or may be started yet; of a node that is down nothing does. */
export function aliveOf(service: string, { tasks, nodes }: Sight): TaskFacts[] {
  return (tasks.get(service) ?? []).filter(
    ({ isOver, node }) => !isOver && !(node !== null && nodes.get(node)?.isDown === true),
  )
}

function stillRuns(name: string, alive: TaskFacts[] | null, passedMs: number): SluiceError {
  const found =
    alive === null ? 'Swarm cannot be asked' : alive.map(({ state, said }) => `${state}, ${said}`).join('; ')
  const message = `the service ${name} still runs ${Math.round(passedMs / 1_000)} s after Swarm was told to end it: ${found}`
  return new SluiceError('TIMED_OUT', message, { todo: `docker service ps ${name}` })
}

function whyMoved(former: NodeFacts | null, { nodes }: Sight): string {
  const now = former === null ? undefined : nodes.get(former.id)
  if (former === null) return 'Swarm has replaced its task'
  if (now === undefined) return `${former.name} has left the swarm`
  if (now.isDown) return `${former.name} is down`
  return now.isDrained ? `${former.name} was drained` : `Swarm has replaced its task on ${former.name}`
}
