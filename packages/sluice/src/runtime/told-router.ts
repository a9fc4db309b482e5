import type { Routing } from '../core/effect.ts'
import type { Fence } from '../core/fence.ts'
import type { Router } from '../routers/router.ts'
import { serial } from '../std/serial.ts'
import type { Target } from '../targets/target.ts'
import { composeTraffic } from './compose-traffic.ts'
import type { Standing } from './standing.ts'

/** The router as one environment speaks to it: told one thing at a time, with the addresses of that moment. */
export class ToldRouter {
  readonly #given: {
    standing: Standing
    target: Pick<Target, 'observe'>
    router: Pick<Router, 'route' | 'remove'>
  }
  readonly #serial = serial()
  /** What it acknowledged last, as text; empty where that is not known. */
  #last = ''
  #isClosed = false

  constructor(given: {
    standing: Standing
    target: Pick<Target, 'observe'>
    router: Pick<Router, 'route' | 'remove'>
  }) {
    this.#given = given
  }

  /** Tells it what it should do from now on. What is wanted is durable before it is told. */
  tell(routing: Routing, fence: Fence): Promise<void> {
    return this.#inTurn(async () => {
      await this.#given.standing.change((state) => ({ ...state, routing, fence }))
      await this.#tellNow(routing, fence)
    })
  }

  /** Tells it again what it was last told, where instances have come or gone since; `always`: also where they have not. */
  refresh(always: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const { isUp, routing, fence } = this.#given.standing.state
      if (always) this.#last = ''
      if (isUp && routing !== null) await this.#tellNow(routing, fence)
    })
  }

  /** The environment is no longer served. */
  remove(fence: Fence): Promise<void> {
    return this.#inTurn(async () => {
      this.#last = ''
      await this.#given.router.remove(this.#given.standing.id, fence)
    })
  }

  /** Resolves when nothing is being told any more. */
  quiet(): Promise<void> {
    return this.#serial(async () => {})
  }

  /** Nothing is told from now on; resolves when what was being told has been. */
  close(): Promise<void> {
    this.#isClosed = true
    return this.quiet()
  }

  async #tellNow(routing: Routing, fence: Fence): Promise<void> {
    const { standing, target, router } = this.#given
    const traffic = composeTraffic({
      environment: standing.id,
      settings: standing.settings.route,
      salt: standing.state.salt,
      routing,
      seen: await target.observe(standing.id),
    })
    const text = JSON.stringify([traffic, fence])
    if (text === this.#last) return
    await router.route(traffic, fence)
    this.#last = text
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    return this.#serial(async () => {
      if (!this.#isClosed) await work()
    })
  }
}
