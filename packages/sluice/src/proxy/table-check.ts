import { isIP } from 'node:net'
import { SluiceError } from '../errors.ts'
import type { ReleaseRoute, Table } from './table.ts'

type Fields = Record<string, unknown>

/**
 * The table itself when it is one that a worker can serve from; checked whole before anything of it is used.
 * Throws CONFIG_INVALID, which names the place and what was found there; STATE_TOO_NEW for a later schema.
 */
export function validateTable(value: unknown): Table {
  const table = fields(value, 'table')
  if (table.schema !== 1)
    throw new SluiceError(
      'STATE_TOO_NEW',
      `this proxy reads tables of schema 1, and got ${shown(table.schema)}`,
    )
  whole(table.epoch, 'epoch')
  const names = new Set<string>()
  const claims = new Map<string, string>()
  list(table.environments, 'environments').forEach((entry, i) => {
    const at = `environments[${i}]`
    const environment = fields(entry, at)
    unique(text(environment.name, `${at}.name`), names, `${at}.name`)
    checkEnvironment(environment, at)
    claimPlaces(environment, claims, at)
  })
  return value as Table
}

function checkEnvironment(environment: Fields, at: string): void {
  list(environment.hosts, `${at}.hosts`).forEach((host, i) => {
    hostName(host, `${at}.hosts[${i}]`)
  })
  const prefix = text(environment.pathPrefix, `${at}.pathPrefix`)
  if (!/^\/([^?#]*[^/?#])?$/.test(prefix)) wrong(`${at}.pathPrefix`, 'a path such as / or /api', prefix)
  whole(environment.weightEpoch, `${at}.weightEpoch`)
  checkReleases(environment, at)
  checkPreview(environment.preview, at)
  checkSticky(environment.sticky, at)
  checkHold(environment.hold, at)
  checkDrill(environment, at)
  if (environment.maxBodyBytes !== null) whole(environment.maxBodyBytes, `${at}.maxBodyBytes`)
  whole(environment.firstByteTimeoutMs, `${at}.firstByteTimeoutMs`)
}

function checkReleases(environment: Fields, at: string): void {
  const ids = new Set<string>()
  const instanceIds = new Set<string>()
  let sum = 0
  list(environment.releases, `${at}.releases`).forEach((entry, i) => {
    const place = `${at}.releases[${i}]`
    const release = fields(entry, place)
    unique(text(release.id, `${place}.id`), ids, `${place}.id`)
    sum += whole(release.weight, `${place}.weight`)
    list(release.instances, `${place}.instances`).forEach((instance, j) => {
      checkInstance(fields(instance, `${place}.instances[${j}]`), instanceIds, `${place}.instances[${j}]`)
    })
  })
  if (sum !== 0 && sum !== 10_000) wrong(`${at}.releases`, 'weights that sum to 10000, or are all 0', sum)
}

function checkInstance(instance: Fields, ids: Set<string>, at: string): void {
  unique(text(instance.id, `${at}.id`), ids, `${at}.id`)
  // A name could resolve to ::1 first while the app listens on 0.0.0.0.
  if (isIP(text(instance.host, `${at}.host`)) === 0) wrong(`${at}.host`, 'an IP address', instance.host)
  const port = whole(instance.port, `${at}.port`)
  if (port < 1 || port > 65_535) wrong(`${at}.port`, 'a port from 1 to 65535', port)
  if (!['serving', 'draining', 'closing'].includes(instance.state as string))
    wrong(`${at}.state`, 'serving, draining or closing', instance.state)
}

function checkPreview(value: unknown, at: string): void {
  if (value === null) return
  const preview = fields(value, `${at}.preview`)
  list(preview.hosts, `${at}.preview.hosts`).forEach((host, i) => {
    hostName(host, `${at}.preview.hosts[${i}]`)
  })
  // It travels in a cookie and in a query.
  checkToken(preview.token, `${at}.preview.token`)
  text(preview.release, `${at}.preview.release`)
}

function checkToken(value: unknown, at: string): void {
  if (!/^[\w.~-]{16,}$/.test(text(value, at))) wrong(at, 'at least 16 letters, digits or . _ ~ -', '…')
}

function checkSticky(value: unknown, at: string): void {
  if (value === null) return
  const sticky = fields(value, `${at}.sticky`)
  text(sticky.salt, `${at}.sticky.salt`)
  if (sticky.header !== undefined) text(sticky.header, `${at}.sticky.header`)
}

function checkHold(value: unknown, at: string): void {
  if (value === null) return
  const hold = fields(value, `${at}.hold`)
  whole(hold.maxRequests, `${at}.hold.maxRequests`)
  whole(hold.maxWaitMs, `${at}.hold.maxWaitMs`)
  if (hold.healthPath !== null) text(hold.healthPath, `${at}.hold.healthPath`)
}

function checkDrill(environment: Fields, at: string): void {
  if (environment.drill === undefined) return
  if (environment.preview === null)
    wrong(`${at}.drill`, 'absent where there is no preview', environment.drill)
  const drill = fields(environment.drill, `${at}.drill`)
  checkToken(drill.token, `${at}.drill.token`)
  const release = text(drill.release, `${at}.drill.release`)
  // Nobody who has a share of the traffic is broken on purpose.
  const serves = (environment.releases as ReleaseRoute[]).some(
    ({ id, weight }) => id === release && weight > 0,
  )
  if (serves) wrong(`${at}.drill.release`, 'a release without traffic', release)
  const share = drill.errorShare
  if (typeof share !== 'number' || !(share >= 0 && share <= 1))
    wrong(`${at}.drill.errorShare`, 'a number from 0 to 1', share)
  const delayMs = whole(drill.delayMs, `${at}.drill.delayMs`)
  if (delayMs > 60_000) wrong(`${at}.drill.delayMs`, 'at most 60000', delayMs)
}

/** No two environments answer for the same host and path. */
function claimPlaces(environment: Fields, claims: Map<string, string>, at: string): void {
  const previewHosts = environment.preview === null ? [] : (environment.preview as { hosts: string[] }).hosts
  for (const host of [...(environment.hosts as string[]), ...previewHosts]) {
    const place = `${host}${environment.pathPrefix}`
    const holder = claims.get(place)
    if (holder !== undefined) wrong(at, `a host and path of its own`, `${place}, which ${holder} has`)
    claims.set(place, environment.name as string)
  }
}

function fields(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong(at, 'an object', value)
  return value as Fields
}

function list(value: unknown, at: string): unknown[] {
  if (!Array.isArray(value)) wrong(at, 'a list', value)
  return value as unknown[]
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string' || value === '') wrong(at, 'a text that is not empty', value)
  return value as string
}

function whole(value: unknown, at: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) wrong(at, 'a whole number, 0 or more', value)
  return value as number
}

function hostName(value: unknown, at: string): void {
  const host = text(value, at)
  if (!/^[a-z0-9._-]+$|^\[[0-9a-f:.]+\]$/.test(host))
    wrong(at, 'a host name in lower case without port', host)
}

function unique(value: string, seen: Set<string>, at: string): void {
  if (seen.has(value)) wrong(at, 'a name of its own', value)
  seen.add(value)
}

function wrong(at: string, wanted: string, found: unknown): never {
  throw new SluiceError('CONFIG_INVALID', `routing table: ${at} should be ${wanted}, and is ${shown(found)}`)
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value)
  return json.length > 80 ? `${json.slice(0, 80)}…` : json
}
