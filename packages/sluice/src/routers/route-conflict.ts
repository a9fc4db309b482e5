import { SluiceError } from '../errors.ts'

/** Where an environment answers. */
export interface Answering {
  /** `shop/production` */
  name: string
  hosts: string[]
  pathPrefix: string
  /** Null: nothing is previewed. */
  preview: { hosts: string[] } | null
}

/** Throws ROUTE_CONFLICT when another environment already answers at one of its addresses. */
export function refuseConflict(route: Answering, others: Answering[]): void {
  const wanted = new Set(addressesOf(route))
  for (const other of others) {
    if (other.name === route.name) continue
    const address = addressesOf(other).find((taken) => wanted.has(taken))
    if (address === undefined) continue
    throw new SluiceError(
      'ROUTE_CONFLICT',
      `${route.name} wants to be reached at ${address}, and ${other.name} is`,
      { todo: `Give one of the two another "host:" or "path:" in sluice.yaml.` },
    )
  }
}

function addressesOf({ hosts, pathPrefix, preview }: Answering): string[] {
  return [...hosts, ...(preview?.hosts ?? [])].map((host) => `${host}${pathPrefix}`)
}
