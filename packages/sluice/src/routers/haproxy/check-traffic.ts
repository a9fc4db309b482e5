import { isIP } from 'node:net'
import { SluiceError } from '../../errors.ts'
import type { RouteSettings, Traffic } from '../router.ts'

/** As many releases as the configuration has rules to choose between. */
export const mostShares = 4
const longestDelayMs = 60_000
const releaseName = /^[A-Za-z0-9][\w.~+-]{0,99}$/

/**
 * Refuses whatever must not get into HAProxy's files and commands, whoever let it come so far. Throws CONFIG_INVALID,
 * which names the place and what was found there.
 */
export function checkTraffic(traffic: Traffic): void {
  const { environment: name, settings, releases, weights } = traffic
  fits(name, /^.{1,200}$/su, `environment`, 'a name of at most 200 characters')
  checkSettings(settings, name)
  if (traffic.previewRelease !== null)
    fits(traffic.previewRelease, releaseName, `${name}.previewRelease`, 'a release name')
  whole(traffic.weightEpoch, `${name}.weightEpoch`)
  const known = releases.map(({ release }) => release)
  for (const release of known) fits(release, releaseName, `${name}.releases`, 'a release name')
  const sum = Object.values(weights).reduce((total, share) => total + whole(share, `${name}.weights`), 0)
  if (sum !== 0 && sum !== 10_000) wrong(`${name}.weights`, 'shares that sum to 10000, or none', sum)
  const shares = Object.entries(weights).filter(([, share]) => share > 0)
  if (shares.length > mostShares)
    wrong(`${name}.weights`, `at most ${mostShares} releases with a share`, shares.length)
  for (const [release] of shares)
    if (!known.includes(release)) wrong(`${name}.weights`, 'releases that are listed', release)
  const instances = releases.flatMap((one) => one.instances)
  for (const { id, host, port } of instances) {
    fits(id, /^.{1,200}$/su, `${name}.instances`, 'an id of at most 200 characters')
    if (isIP(host) === 0) wrong(`${name}.instances`, 'an IP address', host)
    if (whole(port, `${name}.instances`) < 1 || port > 65_535) wrong(`${name}.instances`, 'a port', port)
  }
  checkDrill(traffic)
}

function checkSettings(settings: RouteSettings, name: string): void {
  const { hosts, pathPrefix, preview, sticky, maxBodyBytes, firstByteTimeoutMs } = settings
  for (const host of [...hosts, ...(preview?.hosts ?? [])])
    fits(host, /^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?$/, `${name}.hosts`, 'a host name in lower case')
  fits(
    pathPrefix,
    /^\/([\w.~!$&()*+=:@%/-]{0,199}[\w.~!$&()*+=:@%-])?$/,
    `${name}.pathPrefix`,
    'a path such as / or /api',
  )
  // It travels in a cookie and in a query.
  if (preview !== null) fits(preview.token, /^[\w.~-]{16,200}$/, `${name}.preview.token`, 'a token')
  if (sticky?.header !== undefined)
    fits(sticky.header, /^[A-Za-z0-9-]{1,64}$/, `${name}.sticky.header`, 'a header name')
  if (maxBodyBytes !== null) whole(maxBodyBytes, `${name}.maxBodyBytes`)
  if (whole(firstByteTimeoutMs, `${name}.firstByteTimeoutMs`) < 1)
    wrong(`${name}.firstByteTimeoutMs`, 'at least 1', firstByteTimeoutMs)
}

function checkDrill({ environment: name, drill, weights }: Traffic): void {
  if (drill === undefined) return
  fits(drill.token, /^[\w.~-]{16,200}$/, `${name}.drill.token`, 'a token')
  fits(drill.release, releaseName, `${name}.drill.release`, 'a release name')
  // Nobody who has a share of the traffic is broken on purpose.
  if ((weights[drill.release] ?? 0) > 0)
    wrong(`${name}.drill.release`, 'a release without traffic', drill.release)
  if (!(drill.errorShare >= 0 && drill.errorShare <= 1))
    wrong(`${name}.drill.errorShare`, 'a number from 0 to 1', drill.errorShare)
  if (whole(drill.delayMs, `${name}.drill.delayMs`) > longestDelayMs)
    wrong(`${name}.drill.delayMs`, `at most ${longestDelayMs}`, drill.delayMs)
}

function fits(value: unknown, pattern: RegExp, at: string, wanted: string): void {
  if (typeof value !== 'string' || !pattern.test(value)) wrong(at, wanted, value)
}

function whole(value: unknown, at: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) wrong(at, 'a whole number', value)
  return value as number
}

function wrong(at: string, wanted: string, found: unknown): never {
  const shown = JSON.stringify(found)?.slice(0, 120)
  throw new SluiceError('CONFIG_INVALID', `HAProxy cannot route ${at}: wanted ${wanted}, found ${shown}`)
}
