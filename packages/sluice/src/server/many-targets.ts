import type { EnvironmentId } from '../core/release.ts'
import { SluiceError } from '../errors.ts'
import { firstTarget } from '../runtime/release-records.ts'
import type { LogLine, ReleaseSpec, Target, TargetObservation } from '../targets/target.ts'
import type { Outside } from './outside.ts'

/** How often an adoption is tried again that the outside refused. */
const adoptAgainMs = 2_000

/** A target for every environment, whichever of them its releases run on; one that moves has releases on two of them. */
export type ManyTargets = Omit<Target, 'can'>

type Wanted = Parameters<Target['adopt']>[0]

/** The targets of one environment. */
interface Used {
  names: Set<string>
  /** What still has to be adopted, and why it could not be. */
  missing: Map<string, { wanted: Wanted; error: unknown }>
  /** Settled when one more has something of it. */
  joined: PromiseWithResolvers<void>
}

/**
 * Hands every call on to the targets that it concerns: by the release's spec where there is one, else to all that have
 * run something of the environment. A target that cannot be reached when its instances are to be adopted is asked again
 * until it can; meanwhile nobody is told that there are none.
 */
export function manyTargets(
  outside: Pick<Outside, 'target'>,
  {
    after,
    onTrouble,
  }: {
    after(ms: number, run: () => void): () => void
    onTrouble(environment: EnvironmentId, error: unknown): void
  },
): ManyTargets {
  const environments = new Map<EnvironmentId, Used>()
  let cancelAgain = () => {}
  let isClosed = false

  function usedBy(environment: EnvironmentId): Used {
    const known = environments.get(environment)
    if (known !== undefined) return known
    const used: Used = { names: new Set(), missing: new Map(), joined: Promise.withResolvers() }
    environments.set(environment, used)
    return used
  }

  function note(environment: EnvironmentId, name: string): void {
    const used = usedBy(environment)
    if (used.names.has(name)) return
    used.names.add(name)
    wake(used)
  }

  function targetsOf(environment: EnvironmentId): Promise<Target[]> {
    return Promise.all([...usedBy(environment).names].map((name) => outside.target(name)))
  }

  async function adoptOn(environment: EnvironmentId, name: string, wanted: Wanted): Promise<void> {
    const { missing } = usedBy(environment)
    try {
      await (await outside.target(name)).adopt(wanted)
      missing.delete(name)
    } catch (error) {
      if (!(error instanceof SluiceError) || error.kind !== 'outside') throw error
      missing.set(name, { wanted, error })
      onTrouble(environment, error)
    }
  }

  async function adoptAgain(): Promise<void> {
    const all = [...environments].flatMap(([environment, { missing }]) =>
      [...missing].map(([name, { wanted }]) => ({ environment, name, wanted })),
    )
    for (const { environment, name, wanted } of all) {
      if (isClosed) return
      await adoptOn(environment, name, wanted).catch((error) => onTrouble(environment, error))
      const used = usedBy(environment)
      if (!used.missing.has(name)) wake(used)
    }
    scheduleAgain()
  }

  function scheduleAgain(): void {
    const isMissing = [...environments.values()].some(({ missing }) => missing.size > 0)
    if (isMissing && !isClosed) cancelAgain = after(adoptAgainMs, () => void adoptAgain())
  }

  // Where instances may run of which nothing is known yet, "none" would be a lie that takes their traffic away.
  function refuseMissing(environment: EnvironmentId): void {
    const [first] = usedBy(environment).missing.values()
    if (first !== undefined) throw first.error
  }

  async function observe(environment: EnvironmentId): Promise<TargetObservation> {
    refuseMissing(environment)
    const seen = await Promise.all(
      (await targetsOf(environment)).map((target) => target.observe(environment)),
    )
    return {
      version: versionOf(seen.map(({ version }) => version)),
      releases: Object.assign({}, ...seen.map(({ releases }) => releases)),
    }
  }

  return {
    observe,

    async scale(request) {
      const { environment } = request.spec
      refuseMissing(environment)
      const name = nameOf(request.spec)
      note(environment, name)
      await (await outside.target(name)).scale(request)
    },

    async crash(environment, release) {
      await Promise.all((await targetsOf(environment)).map((target) => target.crash(environment, release)))
    },

    async changed(environment, version, withinMs) {
      const { joined } = usedBy(environment)
      const targets = await targetsOf(environment)
      const versions = await Promise.all(
        targets.map(async (target) => (await target.observe(environment)).version),
      )
      if (targets.length > 0 && versionOf(versions) !== version) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const cancel = after(withinMs, resolve)
      const waiting = targets.map((target, at) => target.changed(environment, versions[at]!, withinMs))
      await Promise.race([...waiting, joined.promise, promise]).finally(cancel)
    },

    attend(environment, closely) {
      targetsOf(environment).then(
        (targets) => {
          for (const target of targets) target.attend(environment, closely)
        },
        () => {}, // Whoever scales it will be told why it cannot be opened.
      )
    },

    async *logs(environment, options): AsyncIterable<LogLine> {
      const targets = await targetsOf(environment)
      yield* merged(targets.map((target) => target.logs(environment, options)))
    },

    async adopt(specs) {
      const byEnvironment = Map.groupBy(specs, ({ spec }) => spec.environment)
      const adopting = [...byEnvironment].flatMap(([environment, its]) =>
        [...Map.groupBy(its, ({ spec }) => nameOf(spec))].map(([name, wanted]) => {
          note(environment, name)
          return adoptOn(environment, name, wanted)
        }),
      )
      await Promise.all(adopting)
      scheduleAgain()
    },

    async forget(environment, release) {
      await Promise.all((await targetsOf(environment)).map((target) => target.forget(environment, release)))
    },

    async close() {
      isClosed = true
      cancelAgain()
    },
  }
}

function wake(used: Used): void {
  used.joined.resolve()
  used.joined = Promise.withResolvers()
}

/** Each of them only grows, so the sum is another one whenever any of them is. */
function versionOf(versions: number[]): number {
  return versions.reduce((sum, version) => sum + version, 0)
}

function nameOf({ target }: ReleaseSpec): string {
  return target ?? firstTarget
}

/** The lines of all, each as it comes. */
async function* merged(sources: AsyncIterable<LogLine>[]): AsyncIterable<LogLine> {
  const readers = sources.map((source) => source[Symbol.asyncIterator]())
  const next = async (at: number) => ({ at, ...(await readers[at]!.next()) })
  const waiting = new Map(readers.map((_, at) => [at, next(at)]))
  try {
    while (waiting.size > 0) {
      const { at, done, value } = await Promise.race(waiting.values())
      if (done === true) waiting.delete(at)
      else {
        waiting.set(at, next(at))
        yield value
      }
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.return?.()))
  }
}
