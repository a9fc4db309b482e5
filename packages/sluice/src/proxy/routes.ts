import type { Environment } from './environment.ts'

/** Where a request goes that came for a host and a path. */
export interface Place {
  pathPrefix: string
  environment: Environment
  /** The host is the environment's preview address. */
  isPreview: boolean
}

/** The hosts and path prefixes of a table, compiled for looking up. */
export class Routes {
  readonly #places: Map<string, Place[]>
  readonly #only: Place | null

  constructor(environments: readonly Environment[]) {
    this.#places = new Map()
    for (const environment of environments) {
      for (const host of environment.route.hosts) this.#add(host, environment, false)
      for (const host of environment.route.preview?.hosts ?? []) this.#add(host, environment, true)
    }
    for (const places of this.#places.values())
      places.sort((a, b) => b.pathPrefix.length - a.pathPrefix.length)
    const [first] = environments
    this.#only =
      environments.length === 1 && first !== undefined
        ? { pathPrefix: first.route.pathPrefix, environment: first, isPreview: false }
        : null
  }

  /**
   * The place with the longest path prefix; null when nobody answers for this host and path.
   *
   * @param host lower case, no port; empty for an HTTP/1.0 request that names none, which goes to the only environment.
   * @param target as in the request line.
   */
  find(host: string, target: string): Place | null {
    if (host === '') return this.#only !== null && isUnder(this.#only.pathPrefix, target) ? this.#only : null
    const places = this.#places.get(host) ?? this.#places.get(withoutRootDot(host))
    if (places === undefined) return null
    for (let i = 0; i < places.length; i++) if (isUnder(places[i]!.pathPrefix, target)) return places[i]!
    return null
  }

  #add(host: string, environment: Environment, isPreview: boolean): void {
    const places = this.#places.get(host) ?? []
    places.push({ pathPrefix: environment.route.pathPrefix, environment, isPreview })
    this.#places.set(host, places)
  }
}

/** `shop.localhost.` names the same host absolutely (RFC 1034, 3.1); tables have names without the dot. */
function withoutRootDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host
}

/** Whole segments only: `/api` covers `/api`, `/api/x` and `/api?x`, but not `/apix`. */
function isUnder(prefix: string, target: string): boolean {
  if (prefix === '/') return true
  if (!target.startsWith(prefix)) return false
  const next = target[prefix.length]
  return next === undefined || next === '/' || next === '?'
}
