import { SluiceError } from '../../errors.ts'
import type { EnvironmentRoute } from '../../proxy/table.ts'

/** Throws ROUTE_CONFLICT when another environment already answers at one of the route's addresses. */
export function refuseConflict(route: EnvironmentRoute, others: EnvironmentRoute[]): void {
  const wanted = new Set(addressesOf(route))
  for (const other of others) {
    const address = addressesOf(other).find((taken) => wanted.has(taken))
    if (other.name === route.name || address === undefined) continue
    throw new SluiceError(
      'ROUTE_CONFLICT',
      `${route.name} wants to be reached at ${address}, and ${other.name} is`,
      {
        todo: `Give one of the two another "host:" or "path:" in sluice.yaml.`,
      },
    )
  }
}

function addressesOf({ hosts, pathPrefix, preview }: EnvironmentRoute): string[] {
  return [...hosts, ...(preview?.hosts ?? [])].map((host) => `${host}${pathPrefix}`)
}
