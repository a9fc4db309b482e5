import { SluiceError } from '../errors.ts'

/** Deploys that have not become a rollout yet, and drills between two of theirs: at most one for each environment. */
export class Preparations {
  readonly #under = new Map<string, { by: string; what: string; isSuperseded: boolean }>()

  isTaken(environment: string): boolean {
    return this.#under.has(environment)
  }

  /**
   * Takes the environment for a deploy. Refused while another deploy of it is being prepared, unless this one
   * supersedes it: the newest wins, and the older one ends at its next `check`.
   */
  take(environment: string, by: string, supersede: boolean, what = 'deploy'): Preparation {
    const earlier = this.#under.get(environment)
    if (earlier !== undefined && !supersede) {
      throw new SluiceError(
        'ROLLOUT_UNDER_WAY',
        `A ${earlier.what} of ${environment} by ${earlier.by} is being prepared.`,
        {
          todo: 'wait for it        sluice status --watch\ntake its place     sluice deploy --supersede',
        },
      )
    }
    if (earlier !== undefined) earlier.isSuperseded = true
    const own = { by, what, isSuperseded: false }
    this.#under.set(environment, own)
    return {
      check: () => {
        if (!own.isSuperseded) return
        throw new SluiceError(
          'ROLLOUT_UNDER_WAY',
          `A newer deploy of ${environment} by ${this.#under.get(environment)?.by ?? 'somebody'} took the place of this one.`,
          {
            todo: 'see how it went    sluice status',
          },
        )
      },
      end: () => {
        if (this.#under.get(environment) === own) this.#under.delete(environment)
      },
    }
  }
}

export interface Preparation {
  /** Throws when a newer deploy has taken this one's place. */
  check(): void
  end(): void
}
