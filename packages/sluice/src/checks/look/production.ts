import type { Config, EnvironmentConfig } from '../../config/config.ts'

/** The environment that users meet; null where sluice.yaml names several, and none of them so that one could tell. */
export function productionOf(config: Config | null): EnvironmentConfig | null {
  const all = Object.values(config?.environments ?? {})
  const named = all.find(({ name }) => name === 'production') ?? all.find(({ name }) => isProduction(name))
  if (named !== undefined) return named
  const [only, ...others] = all
  return only !== undefined && others.length === 0 && !isStaging(only.name) ? only : null
}

/** By its name: where users are. */
export function isProduction(name: string): boolean {
  return /^(?:prod|live)(?:uction)?(?:$|[-_\d])/i.test(name)
}

/** By its name: where a release is tried first. */
export function isStaging(name: string): boolean {
  return /^(?:stag|stage|stg|pre-?prod|uat|qa|test|integration|dev|preview|acceptance|sandbox)/i.test(name)
}
