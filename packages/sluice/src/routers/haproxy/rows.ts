import type { ReleaseId } from '../../core/release.ts'
import { shareOf, type Weights } from '../../core/weights.ts'
import { encodeName } from './name.ts'
import type { Placed, Table } from './table.ts'

/** Rows of HAProxy's maps, which are what decides where a request goes. Each is replaced as a whole while it serves. */
export interface Rows {
  /** `host/prefix/` to `environment live` or `environment preview`; the longest that fits wins. */
  routes: Map<string, string>
  /** Environment to all that is true of it at once: no request sees the shares of one epoch and the number of another. */
  environments: Map<string, string>
  /** `environment/release` to its backend, for requests that name their release. */
  releases: Map<string, string>
}

/** Places in a row of an environment, counted from 1 as HAProxy does. */
export const at = {
  epoch: 1,
  hold: 2,
  maxBody: 3,
  patience: 4,
  sticky: 5,
  salt: 6,
  token: 7,
  preview: 8,
  drillToken: 9,
  drillRelease: 10,
  drillErrors: 11,
  drillDelay: 12,
  weights: 13,
  firstShare: 14,
} as const

/** Stands for what an environment does not have; no token or name is only this. */
const none = '.'
const noLimit = Number.MAX_SAFE_INTEGER

/** Where every place leads in a worker that leaves. */
export const relayed = 'relay:relay'

/** What the maps should hold. */
export function rowsOf(table: Table): Rows {
  const rows: Rows = { routes: new Map(), environments: new Map(), releases: new Map() }
  for (const placed of table.environments) {
    const { traffic, slotOf } = placed
    const { hosts, pathPrefix, preview } = traffic.settings
    const name = encodeName(traffic.environment)
    const path = pathPrefix === '/' ? '/' : `${pathPrefix}/`
    for (const host of hosts) rows.routes.set(`${host}${path}`, `${name}:live`)
    if (traffic.previewRelease !== null)
      for (const host of preview?.hosts ?? []) rows.routes.set(`${host}${path}`, `${name}:preview`)
    rows.environments.set(name, rowOf(placed))
    for (const [release, slot] of Object.entries(slotOf)) rows.releases.set(`${name}/${release}`, `s${slot}`)
  }
  return rows
}

function rowOf(placed: Placed): string {
  const { traffic } = placed
  const { settings, drill } = traffic
  const { header } = settings.sticky ?? {}
  const fields: Record<Exclude<keyof typeof at, 'firstShare'>, string | number> = {
    epoch: traffic.weightEpoch,
    hold: traffic.hold ? 1 : 0,
    maxBody: settings.maxBodyBytes ?? noLimit,
    patience: settings.firstByteTimeoutMs,
    sticky: settings.sticky === null ? none : header === undefined ? 'uid' : `header_${header.toLowerCase()}`,
    salt: Buffer.from(traffic.salt).toString('base64') || none,
    token: settings.preview?.token ?? none,
    preview: traffic.previewRelease ?? none,
    drillToken: drill?.token ?? none,
    drillRelease: drill?.release ?? none,
    drillErrors: Math.round((drill?.errorShare ?? 0) * 10_000),
    drillDelay: drill?.delayMs ?? 0,
    weights: sharesOf(traffic.weights),
  }
  return [...Object.values(fields), ...choices(placed)].join('|')
}

/** `limit/backend/release`, newest release first: a request goes to the first whose limit is above its bucket. */
function choices({ traffic, slotOf }: Placed): string[] {
  const serves = (release: ReleaseId) =>
    traffic.releases.some(
      (one) => one.release === release && one.instances.some((it) => it.state === 'serving'),
    )
  const weighted = traffic.releases.filter(({ release }) => shareOf(traffic.weights, release) > 0)
  // One that nothing serves of loses its share to one that can answer.
  const fallback = weighted.findLast(({ release }) => serves(release))?.release
  let limit = 0
  return weighted.map(({ release }) => {
    limit += shareOf(traffic.weights, release)
    const chosen = serves(release) ? release : (fallback ?? release)
    return `${limit}/s${slotOf[chosen]}/${chosen}`
  })
}

function sharesOf(weights: Weights): string {
  const shares = Object.entries(weights).filter(([, share]) => share > 0)
  return shares.map(([release, share]) => `${release}=${share}`).join('/') || none
}

/** What a row of an environment says of its weights. */
export function readRow(row: string): { weightEpoch: number; weights: Weights } {
  const fields = row.split('|')
  const shares = fields[at.weights - 1] ?? none
  const pairs = shares === none ? [] : shares.split('/').map((pair) => pair.split('='))
  return {
    weightEpoch: Number(fields[at.epoch - 1]),
    weights: Object.fromEntries(pairs.map(([release, share]) => [release, Number(share)])),
  }
}

/** A map as a file. */
export function mapFile(rows: Map<string, string>): string {
  return [...rows].map(([key, value]) => `${key} ${value}\n`).join('')
}
