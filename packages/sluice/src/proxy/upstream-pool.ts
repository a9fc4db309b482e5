import type { Limits } from './limits.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/** The idle connections to one instance, the last used at the end. */
export class UpstreamPool {
  readonly #limits: Limits
  readonly #idle: UpstreamConnection[]

  constructor(limits: Limits) {
    this.#limits = limits
    this.#idle = []
  }

  get size(): number {
    return this.#idle.length
  }

  /**
   * The last used one, null when there is none that will do.
   *
   * @param mustBeFresh for a request that must not be repeated: an app that closes idle connections after a time of its
   * own does not do so within the first second.
   */
  take(mustBeFresh: boolean, now: number): UpstreamConnection | null {
    const last = this.#idle.at(-1)
    if (last === undefined) return null
    if (mustBeFresh && now - last.idleSince > this.#limits.freshUpstreamMs) return null
    return this.#idle.pop()!
  }

  /** Keeps the connection; the oldest leaves when there are too many. */
  put(connection: UpstreamConnection): void {
    this.#idle.push(connection)
    if (this.#idle.length > this.#limits.idleUpstreams) this.#idle.shift()!.destroy()
  }

  /** The connection is not to be used again. */
  remove(connection: UpstreamConnection): void {
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  closeAll(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy()
  }
}
