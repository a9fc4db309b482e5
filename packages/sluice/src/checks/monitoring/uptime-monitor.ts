import { type Answer, type Check, type Evidence, fail, pass, unknown, warn } from '../check.ts'
import { lineAt } from '../look/files.ts'
import type { Look } from '../look/look.ts'
import { ownAlertRules } from '../look/own-alert-rules.ts'
import { ownMatching } from '../look/own-files.ts'
import { ownManifests } from '../look/own-manifests.ts'
import { metricNames } from '../look/promql-names.ts'
import { servesFiles } from '../look/serves-files.ts'
import { terraformBlocks } from '../look/terraform.ts'

const FILE =
  /(?:^|\/)(?:\.upptimerc\.ya?ml|prometheus[\w.-]*\.ya?ml|gatus[\w.-]*\.ya?ml|(?:gatus|uptime|blackbox|synthetics?)\/[\w./-]+\.ya?ml|heartbeat[\w.-]*\.ya?ml|[\w.-]+\.check\.[cm]?[jt]s)$/
const BLOCK =
  /synthetics_test|route53_health_check|uptime_check_config|application_insights_(?:standard_)?web_test|pingdom|statuscake|uptimerobot|uptime_monitor|betteruptime|checkly|synthetic_monitoring_check|cloudflare_healthcheck|updown/
const HEALTH = /\/(?:[\w-]*health[\w-]*|readyz?|livez?|live|ready|status|ping|up|_?alive)(?:[/?]|$)/i
/** Keys of pictures and pages about the monitor itself, and what is said beside. */
const BESIDE =
  /^.*\b(?:logo\w*|icon\w*|favicon|image|webhook\w*|homepage|link|repo\w*)\b[^\n]*:.*$|(?:^|\s)#.*$/gim
const ADDRESS = /https?:\/\/[^\s"'`<>,)\]}]+/g

/** Something that asks from outside, and what it asks. */
interface Monitor extends Evidence {
  urls: string[]
}

/**
 * MON-04. What asks the public address from outside: a job of Prometheus with the blackbox exporter, a Probe, Gatus,
 * Upptime, Heartbeat, Checkly, or a monitor in Terraform; one of its addresses has to be a health path. Where it is
 * configured on a website, a signature says so.
 */
export const uptimeMonitor: Check = {
  id: 'MON-04',
  title: 'the health endpoint is watched from outside',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static'], ['attested']],
  attestedForDays: 90,
  fix: 'Have a monitor outside of your network ask the readiness path every minute; keep its configuration in the repository, or sign for MON-04 in ops/attestations.yaml with a link to it.',
  static: (look) => monitorOf(look),
}

function monitorOf(look: Look): Answer {
  const monitors = [...inFiles(look), ...inObjects(look), ...inTerraform(look)]
  const asked = monitors.filter(({ urls }) => urls.length > 0)
  const good = asked.find(({ urls }) => urls.some((url) => isHealth(url, look)))
  if (good !== undefined) return pass(`${good.says} asks the health path`, [shown(good)])
  if (asked.length > 0) {
    const { says, urls } = asked[0]!
    return fail(`${says} asks ${urls[0]}, which is not a health path`, asked.slice(0, 3).map(shown))
  }
  if (monitors.length > 0)
    return unknown(`${monitors[0]!.says} is there, and what it asks is not written out`, monitors.map(shown))
  const alert = ownAlertRules(look).find(({ expr }) => metricNames(expr).includes('probe_success'))
  if (alert === undefined)
    return unknown('nothing in the repository asks from outside; an attestation for MON-04 would settle it')
  const evidence = [{ says: `${alert.name} is about probe_success`, file: alert.file, line: alert.line }]
  return warn(
    'an alert waits for the blackbox exporter, and what that asks is not in the repository',
    evidence,
  )
}

function isHealth(url: string, { app, config }: Look): boolean {
  const path = /^https?:\/\/[^/]+(\/[^?#]*)?/.exec(url)?.[1] ?? '/'
  const known = [
    ...[app.health.readiness?.value, app.health.liveness?.value],
    ...[config?.health.readiness.path, config?.health.liveness.path],
  ]
  // The page itself is all that a server of files has.
  return known.includes(path) || HEALTH.test(path) || servesFiles(app)
}

function inFiles(look: Look): Monitor[] {
  const { repositoryFiles: files } = look
  return ownMatching(look, FILE).flatMap((path): Monitor[] => {
    const text = files.read(path) ?? ''
    const isPrometheus = /(?:^|\/)prometheus[\w.-]*\.ya?ml$/.test(path)
    const at = isPrometheus ? text.search(/metrics_path:\s*["']?\/probe\b/) : 0
    if (at === -1) return []
    // Of Prometheus only the job with the blackbox exporter: the others fetch numbers.
    const asks = isPrometheus ? jobAround(text, at) : text
    const urls = asks.replace(BESIDE, '').match(ADDRESS) ?? []
    return [
      { says: isPrometheus ? 'the blackbox job' : path, file: files.at(path), line: lineAt(text, at), urls },
    ]
  })
}

function jobAround(text: string, at: number): string {
  const from = text.lastIndexOf('- job_name', at)
  const to = text.indexOf('- job_name', at)
  return text.slice(Math.max(0, from), to === -1 ? undefined : to)
}

function inObjects(look: Look): Monitor[] {
  return ownManifests(look).flatMap((one): Monitor[] => {
    if (one.kind !== 'Probe') return []
    const urls = JSON.stringify(one.value).match(ADDRESS) ?? []
    return [{ says: `Probe ${one.name}`, file: one.file, line: one.lineOf(['kind']), urls }]
  })
}

function inTerraform(look: Look): Monitor[] {
  return terraformBlocks(look)
    .filter(({ type }) => BLOCK.test(type))
    .map(({ type, name, text, file, line }) => {
      const path = /(?:resource_path|path)\s*=\s*"(\/[^"$]*)"/.exec(text)?.[1]
      const urls = [...(text.match(ADDRESS) ?? []), ...(path === undefined ? [] : [`https://host${path}`])]
      return { says: `${type} ${name}`, file, line, urls: urls.filter((url) => !url.includes('${')) }
    })
}

function shown({ urls: _, ...evidence }: Monitor): Evidence {
  return evidence
}
