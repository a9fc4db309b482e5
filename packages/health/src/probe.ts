/** The questions that can be asked of an app. */
export const probes = ['live', 'ready', 'startup', 'simple', 'detailed'] as const
export type Probe = (typeof probes)[number]

/** Where each is asked; `false` for nowhere. */
export type Paths = Record<Probe, string | false>

export const defaultPaths: Paths = {
  live: '/livez',
  ready: '/readyz',
  startup: '/startupz',
  simple: '/health',
  detailed: '/health/detailed',
}

/** The question that a path asks, with or without a query behind it; null for a path of the app's own. */
export function probeAt(path: string, paths: Paths): Probe | null {
  const end = path.indexOf('?')
  const bare = end === -1 ? path : path.slice(0, end)
  return probes.find((probe) => paths[probe] === bare) ?? null
}
