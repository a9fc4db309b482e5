import { once } from './look.ts'

/** Where an app says how it is. */
export interface HealthPaths {
  readiness: string
  liveness: string
  /** Both, and others where it may say more; the likeliest first. */
  all: string[]
}

/** Those of sluice.yaml, else those that its code shows, else `/readyz` and `/livez`. */
export const healthPaths = once(({ config, app }): HealthPaths => {
  const readiness = config?.health.readiness.path ?? app.health.readiness?.value ?? '/readyz'
  const liveness = config?.health.liveness.path ?? app.health.liveness?.value ?? '/livez'
  const others = ['/health/detailed', '/healthz', '/health', '/api/health', '/status', '/readyz', '/livez']
  return { readiness, liveness, all: [...new Set([readiness, liveness, ...others])] }
})
