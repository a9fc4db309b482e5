import { type Clock, pause } from '../fleet/clock.ts'
import type { Swarm } from './swarm-api.ts'
import type { NodeFacts, TaskFacts } from './task-facts.ts'

/** Between looks while something starts, ends or does not answer. */
const BUSY_MS = 200
/** Between looks while nothing does. */
const IDLE_MS = 1_000
/** For so long the nodes are believed to be as they were. */
const NODES_MS = 2_000

/** All tasks of one home at one moment. */
export interface Sight {
  /** By service, the newest first. */
  tasks: Map<string, TaskFacts[]>
  nodes: Map<string, NodeFacts>
}

/** Who wants to know what is seen. */
export interface Watcher {
  see(sight: Sight): void
  /** Whether it waits for something that may come to pass any moment. */
  readonly isBusy: boolean
}

/**
 * Looks at all tasks of one home again and again, in one request: Swarm's events say nothing of tasks. While it cannot be
 * asked nothing is known, and nothing is told.
 */
export class TaskWatch {
  readonly #swarm: Swarm
  readonly #label: string
  readonly #clock: Clock
  readonly #closed: AbortSignal
  readonly #watchers = new Set<Watcher>()
  #nodes = new Map<string, NodeFacts>()
  #nodesAt = Number.NEGATIVE_INFINITY
  #looking: Promise<Sight> | null = null
  #next: Promise<Sight> | null = null
  #wake = new AbortController()
  #isWatching = false

  constructor(swarm: Swarm, label: string, { clock, closed }: { clock: Clock; closed: AbortSignal }) {
    this.#swarm = swarm
    this.#label = label
    this.#clock = clock
    this.#closed = closed
  }

  /** Tells what is seen until the returned function is called. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    if (!this.#isWatching) void this.#watch()
    this.soon()
    return () => void this.#watchers.delete(watcher)
  }

  /** Makes the present pause no longer than a busy one. */
  soon(): void {
    this.#wake.abort()
  }

  /** What is seen by a look that begins after this call, however many ask for one at a time. */
  async look(): Promise<Sight> {
    this.#next ??= (this.#looking ?? Promise.resolve()).then(
      () => this.#begin(),
      () => this.#begin(),
    )
    return this.#next
  }

  #begin(): Promise<Sight> {
    this.#next = null
    this.#looking = this.#look().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  async #watch(): Promise<void> {
    this.#isWatching = true
    while (!this.#closed.aborted && this.#watchers.size > 0) {
      await this.look().catch(() => {})
      await pause(this.#clock, BUSY_MS, this.#closed)
      this.#wake = new AbortController()
      const isBusy = [...this.#watchers].some((watcher) => watcher.isBusy)
      const signal = AbortSignal.any([this.#wake.signal, this.#closed])
      if (!isBusy) await pause(this.#clock, IDLE_MS - BUSY_MS, signal)
    }
    this.#isWatching = false
  }

  async #look(): Promise<Sight> {
    const found = await this.#swarm.tasks(this.#label)
    const isStrange = found.some(({ node }) => node !== null && !this.#nodes.has(node))
    // Perhaps because of its node.
    const isLeaving = found.some(({ isWanted, isOver }) => !isWanted && !isOver)
    if (isStrange || isLeaving || this.#clock.now() - this.#nodesAt >= NODES_MS) {
      this.#nodes = new Map((await this.#swarm.nodes()).map((node) => [node.id, node]))
      this.#nodesAt = this.#clock.now()
    }
    const newestFirst = found.toSorted((a, b) => b.createdAt - a.createdAt)
    const sight = { tasks: Map.groupBy(newestFirst, ({ service }) => service), nodes: this.#nodes }
    if (!this.#closed.aborted) for (const watcher of [...this.#watchers]) watcher.see(sight)
    return sight
  }
}
