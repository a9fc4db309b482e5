import { type Answer, type Evidence, fail, pass, unknown, warn } from '../../check.ts'
import { alertRules } from '../../look/alert-rules.ts'
import type { Look } from '../../look/look.ts'
import type { Manifest } from '../../look/manifests.ts'
import { ownManifests } from '../../look/workloads.ts'
import { entriesOf, field, listOf } from '../../look/yaml-documents.ts'
import { gatewayOf } from './gateway.ts'
import { ingressOf } from './ingress.ts'

/** What an entrance of a cluster shows. */
export interface Entrance {
  /** Where plain http is served; none where all is TLS. */
  plain: Evidence[]
  /** Where TLS is. */
  tls: Evidence[]
  /** Null: it is not said here. */
  isRedirected: boolean | null
}

/** One answer for each Ingress and Gateway by which the app is reached. */
export function entrancesOf(look: Look): Answer[] {
  const { manifests } = ownManifests(look)
  const own = manifests.filter((one) => isOfApp(look, one))
  const standard = own.filter(({ value }) =>
    String(field(value, 'apiVersion')).startsWith('gateway.networking.k8s.io/'),
  )
  const routes = standard.filter(({ kind }) => kind === 'HTTPRoute')
  const gateways = standard.filter(({ kind }) => kind === 'Gateway')
  const isForeign = routes.length > 0 && gateways.length === 0
  const strange = own.find((one) => strangers.includes(one.kind) && !standard.includes(one))
  return [
    ...own
      .filter(({ kind }) => kind === 'Ingress')
      .flatMap((ingress) => answerOf(look, ingress, ingressOf(ingress))),
    ...gateways.flatMap((gateway) => answerOf(look, gateway, gatewayOf(gateway, routes))),
    ...(isForeign
      ? [unknown(`the Gateway of ${routes[0]!.file} is elsewhere, and so is what it says of TLS`)]
      : []),
    ...(strange === undefined
      ? []
      : [unknown(`${strange.kind} ${strange.name} in ${strange.file} is of a kind that is not read here`)]),
  ]
}

/** Of Istio, Traefik, Contour and OpenShift. */
const strangers = ['Gateway', 'VirtualService', 'IngressRoute', 'HTTPProxy', 'Route']

/** In a repository of several apps: what is in its folder, or names it. */
function isOfApp({ files, app }: Look, { file, value, name }: Manifest): boolean {
  const prefix = files.at('.')
  if (prefix === '.' || file.startsWith(`${prefix}/`) || name === app.name) return true
  return JSON.stringify(field(value, 'spec') ?? null).includes(`"name":"${app.name}"`)
}

function answerOf(look: Look, manifest: Manifest, entrance: Entrance | null): Answer[] {
  if (entrance === null) return []
  const which = `${manifest.kind} ${manifest.name}`
  const { plain, tls, isRedirected } = entrance
  if (plain.length > 0) return [fail(`${which} serves plain http`, plain)]
  const rule = alertRules(look).find(({ expr }) =>
    /cert\w*(?:expir|not_after)|(?:expir|not_after)\w*cert/i.test(expr),
  )
  const missing = [
    ...(isRedirected === true ? [] : ['that http is sent to https']),
    ...(isRenewed(look, manifest) ? [] : ['who renews the certificate']),
    ...(rule === undefined ? ['an alert before it ends'] : []),
  ]
  if (missing.length > 0) return [warn(`${which} has TLS; nothing here shows ${missing.join(', or ')}`, tls)]
  return [
    pass(`${which} has TLS, a certificate that is renewed, and an alert before it ends`, [
      ...tls,
      { says: `alert ${rule!.name}`, file: rule!.file, line: rule!.line },
    ]),
  ]
}

/** By cert-manager, or by the cloud whose certificate it names. */
function isRenewed(look: Look, { value }: Manifest): boolean {
  const names = entriesOf(field(value, 'metadata', 'annotations')).map(([name]) => name)
  const isAsked = names.some((name) =>
    /^cert-manager\.io\/(?:cluster-)?issuer$|^networking\.gke\.io\/managed-certificates$|^alb\.ingress\.kubernetes\.io\/certificate-arn$/.test(
      name,
    ),
  )
  if (isAsked) return true
  const wanted = secretsIn(value)
  return ownManifests(look).manifests.some(
    (one) => one.kind === 'Certificate' && wanted.includes(String(field(one.value, 'spec', 'secretName'))),
  )
}

function secretsIn(value: unknown): string[] {
  const ofIngress = listOf(field(value, 'spec', 'tls')).map((one) => field(one, 'secretName'))
  const ofGateway = listOf(field(value, 'spec', 'listeners')).flatMap((listener) =>
    listOf(field(listener, 'tls', 'certificateRefs')).map((one) => field(one, 'name')),
  )
  return [...ofIngress, ...ofGateway].filter((name) => typeof name === 'string')
}
