import { SluiceError } from '../../errors.ts'
import type { Traffic } from '../router.ts'

/** Throws ROUTE_CONFLICT when another environment already answers at one of the traffic's addresses. */
export function refuseConflict(traffic: Traffic, others: Traffic[]): void {
  const wanted = new Set(addressesOf(traffic))
  for (const other of others) {
    if (other.environment === traffic.environment) continue
    const address = addressesOf(other).find((taken) => wanted.has(taken))
    if (address === undefined) continue
    throw new SluiceError(
      'ROUTE_CONFLICT',
      `${traffic.environment} wants to be reached at ${address}, and ${other.environment} is`,
      { todo: `Give one of the two another "host:" or "path:" in sluice.yaml.` },
    )
  }
}

function addressesOf({ settings: { hosts, pathPrefix, preview }, previewRelease }: Traffic): string[] {
  const previewHosts = previewRelease === null ? [] : (preview?.hosts ?? [])
  return [...hosts, ...previewHosts].map((host) => `${host}${pathPrefix}`)
}
