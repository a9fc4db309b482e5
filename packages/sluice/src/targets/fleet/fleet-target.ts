import type { TargetAbilities } from '../../core/capabilities.ts'
import type { EnvironmentId } from '../../core/release.ts'
import type { Target } from '../target.ts'
import { Environment } from './environment.ts'
import { safeName } from './layout.ts'
import type { Site } from './site.ts'

export interface FleetTargetOptions {
  can: TargetAbilities
  /** Absolute; what has to be remembered is kept in it. See `layout.ts`. */
  root: string
  site: Site
  logs: Target['logs']
  /** Ends what the ground holds open, before anything else is let go of. */
  close(): void
}

/** A target, and what its own loops look at. */
export type FleetTarget = Target & {
  /** Where the running instances of all environments have their files. */
  runningFolders(): string[]
}

/** A target that keeps every instance running by itself, whatever its instances are: `site.ground` says that. */
export function openFleetTarget({ can, root, site, logs, close }: FleetTargetOptions): FleetTarget {
  const environments = new Map<EnvironmentId, Promise<Environment>>()
  const opened: Environment[] = []

  function environmentOf(id: EnvironmentId): Promise<Environment> {
    const known = environments.get(id)
    if (known) return known
    const opening = Environment.open(root, id, site)
    environments.set(id, opening)
    opening.then(
      (environment) => opened.push(environment),
      // What could not be read may be readable the next time.
      () => environments.delete(id),
    )
    return opening
  }

  return {
    can,
    logs,

    async scale({ spec, count, fence }) {
      await (await environmentOf(spec.environment)).scale(spec, count, fence)
    },

    async crash(environment, release) {
      ;(await environmentOf(environment)).crash(safeName(release))
    },

    async observe(environment) {
      return (await environmentOf(environment)).observe()
    },

    async changed(environment, version, withinMs) {
      await (await environmentOf(environment)).changedFrom(version, withinMs)
    },

    attend(environment, closely) {
      environmentOf(environment).then(
        (it) => it.attend(closely),
        () => {}, // Whoever scales it will be told why it cannot be opened.
      )
    },

    async adopt(specs) {
      const byEnvironment = Map.groupBy(specs, ({ spec }) => spec.environment)
      const adopting = [...byEnvironment].map(async ([id, its]) => (await environmentOf(id)).adopt(its))
      await Promise.all(adopting)
    },

    async forget(environment, release) {
      await (await environmentOf(environment)).forget(safeName(release))
    },

    async close() {
      close()
      await Promise.all(opened.map((environment) => environment.letGo()))
    },

    runningFolders: () => opened.flatMap((environment) => environment.runningFolders()),
  }
}
