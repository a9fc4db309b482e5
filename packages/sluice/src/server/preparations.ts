import { SluiceError } from '../errors.ts'

interface Underway {
  by: string
  what: string
  supersededBy: Pick<Underway, 'by' | 'what'> | null
  ended: PromiseWithResolvers<void>
}

/** Deploys that have not become a rollout yet, and drills between two of theirs: at most one for each environment. */
export class Preparations {
  readonly #under = new Map<string, Underway>()

  /**
   * Tells what is being prepared to end, where it is of that kind, without taking its place: who waits for it does so
   * until it has. Null where there is none.
   */
  supersede(environment: string, what: string, newer: { by: string; what: string }): Promise<void> | null {
    const found = this.#under.get(environment)
    if (found?.what !== what) return null
    found.supersededBy = newer
    return found.ended.promise
  }

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
    const own: Underway = { by, what, supersededBy: null, ended: Promise.withResolvers() }
    if (earlier !== undefined) earlier.supersededBy = own
    this.#under.set(environment, own)
    return {
      check: () => {
        if (own.supersededBy === null) return
        const newer = own.supersededBy
        throw new SluiceError(
          'ROLLOUT_UNDER_WAY',
          `A newer ${newer.what} of ${environment} by ${newer.by} took the place of this ${what}.`,
          {
            todo: 'see how it went    sluice status',
          },
        )
      },
      newer: () => own.supersededBy,
      end: () => {
        own.ended.resolve()
        if (this.#under.get(environment) === own) this.#under.delete(environment)
      },
    }
  }
}

export interface Preparation {
  /** Throws when something newer has taken this one's place. */
  check(): void
  /** What has taken this one's place; null while nothing has. */
  newer(): { by: string; what: string } | null
  end(): void
}
