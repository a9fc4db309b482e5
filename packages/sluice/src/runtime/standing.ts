import { serial } from '../std/serial.ts'
import type { EnvironmentSettings, EnvironmentState } from './environment-state.ts'
import type { Records } from './records.ts'

/** Where one environment stands: changed by one change after another, each seen only once it is durable. */
export class Standing {
  #settings: EnvironmentSettings
  #state: EnvironmentState
  readonly #records: Records
  // Two changes at once would each write the state without the other's.
  readonly #inTurn = serial()

  constructor(given: { settings: EnvironmentSettings; state: EnvironmentState; records: Records }) {
    this.#settings = given.settings
    this.#state = given.state
    this.#records = given.records
  }

  get id(): string {
    return this.#settings.id
  }

  get settings(): EnvironmentSettings {
    return this.#settings
  }

  get state(): EnvironmentState {
    return this.#state
  }

  /** `change` gets the newest state; `write` puts what comes of it on the disk, alone or with what belongs to it. */
  change(
    change: (state: EnvironmentState) => EnvironmentState,
    write = (state: EnvironmentState) => this.#records.environments.saveState(this.id, state),
  ): Promise<void> {
    return this.#inTurn(async () => {
      const next = change(this.#state)
      await write(next)
      this.#state = next
    })
  }

  /** Takes what a deploy says of the environment. */
  settle(settings: EnvironmentSettings): Promise<void> {
    return this.#inTurn(async () => {
      await this.#records.environments.save({ settings, state: this.#state })
      this.#settings = settings
    })
  }
}
