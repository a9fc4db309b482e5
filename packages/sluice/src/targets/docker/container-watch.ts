import { type Clock, pause } from '../fleet/clock.ts'
import type { ContainerFacts, Engine } from './engine.ts'

/** From the end of one connection for events to the next attempt. */
const AGAIN_MS = 500
/** A connection is made anew after this, for one whose other end is gone may never say so. */
const RENEWED_MS = 60_000

/** What a container's watchers are told of it. Called with null when it is no longer there. */
export type Watcher = (facts: ContainerFacts | null) => void

/**
 * Hears of everything that happens to containers of ours, over one connection. Whenever that is made anew, or a container
 * is watched for the first time, it is looked at, so that nothing which happened in between is missed.
 */
export class ContainerWatch {
  readonly #engine: Engine
  readonly #label: string
  readonly #clock: Clock
  readonly #closed: AbortSignal
  readonly #watchers = new Map<string, Watcher>()
  /** Containers that are being looked at, and whether something happened to them since that began. */
  readonly #looks = new Map<string, { isStale: boolean }>()
  #isListening = false

  constructor(engine: Engine, label: string, { clock, closed }: { clock: Clock; closed: AbortSignal }) {
    this.#engine = engine
    this.#label = label
    this.#clock = clock
    this.#closed = closed
  }

  /** Tells how it is now, and then whenever something has happened to it, until the returned function is called. */
  watch(container: string, watcher: Watcher): () => void {
    this.#watchers.set(container, watcher)
    if (!this.#isListening) void this.#listen()
    void this.#look(container)
    return () => void this.#watchers.delete(container)
  }

  async #listen(): Promise<void> {
    this.#isListening = true
    while (!this.#closed.aborted && this.#watchers.size > 0) {
      await this.#hear().catch(() => {})
      await pause(this.#clock, AGAIN_MS, this.#closed)
    }
    this.#isListening = false
  }

  /** Until the connection ends. */
  async #hear(): Promise<void> {
    const renewed = AbortSignal.timeout(RENEWED_MS)
    const events = await this.#engine.events(this.#label, AbortSignal.any([this.#closed, renewed]))
    for (const container of this.#watchers.keys()) void this.#look(container)
    let rest = ''
    for await (const chunk of events.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        const container = subjectOf(line)
        if (container !== null && this.#watchers.has(container)) void this.#look(container)
      }
    }
  }

  // One after the other: of two answers the older one might come last.
  async #look(container: string): Promise<void> {
    const underWay = this.#looks.get(container)
    if (underWay !== undefined) {
      underWay.isStale = true
      return
    }
    const look = { isStale: true }
    this.#looks.set(container, look)
    while (look.isStale && !this.#closed.aborted) {
      look.isStale = false
      await this.#tell(container)
    }
    this.#looks.delete(container)
  }

  // While the engine cannot be asked nothing is known, and nothing is told.
  async #tell(container: string): Promise<void> {
    try {
      const facts = await this.#engine.container(container)
      if (!this.#closed.aborted) this.#watchers.get(container)?.(facts)
    } catch {
      // The next connection brings it up again.
    }
  }
}

function subjectOf(line: string): string | null {
  try {
    return JSON.parse(line).Actor?.ID ?? null
  } catch {
    return null
  }
}
