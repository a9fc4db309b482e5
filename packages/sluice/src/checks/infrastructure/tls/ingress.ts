import type { Manifest } from '../../look/manifests.ts'
import { field, listOf } from '../../look/yaml-documents.ts'
import type { Entrance } from './entrances.ts'

/** Annotations by which a cloud's load balancer is given its certificate, in the place of `spec.tls`. */
const certificates = [
  'alb.ingress.kubernetes.io/certificate-arn',
  'networking.gke.io/managed-certificates',
  'ingress.gcp.kubernetes.io/pre-shared-cert',
]

/** An Ingress; null where its only hosts are those of a developer's machine. */
export function ingressOf({ value, file, lineOf }: Manifest): Entrance | null {
  const rules = listOf(field(value, 'spec', 'rules'))
  const hosts = rules.map((rule) => String(field(rule, 'host') ?? '*'))
  if (hosts.length > 0 && hosts.every((host) => /(?:^|\.)(?:localhost|local|test)$/.test(host))) return null
  const said = (name: string) => field(value, 'metadata', 'annotations', name)
  const place = (says: string, at: (string | number)[]) => ({ says, file, line: lineOf(at) })
  const certificate = certificates.find((name) => said(name) !== null)
  if (certificate !== undefined) {
    const tls = [place(certificate, ['metadata', 'annotations', certificate])]
    const isRedirected = said('alb.ingress.kubernetes.io/ssl-redirect') !== null
    return { plain: [], tls, isRedirected: isRedirected || null }
  }
  const entries = listOf(field(value, 'spec', 'tls'))
  const covered = entries.flatMap((entry) => {
    const named = listOf(field(entry, 'hosts')).map(String)
    return named.length === 0 ? hosts : named
  })
  const open = hosts.flatMap((host, index) =>
    isAmong(host, covered) ? [] : [place(`${host} without tls`, ['spec', 'rules', index])],
  )
  const plain = entries.length === 0 && open.length === 0 ? [place('no tls', ['spec'])] : open
  return { plain, tls: [place('tls', ['spec', 'tls'])], isRedirected: redirects(value, said) }
}

function isAmong(host: string, names: string[]): boolean {
  return names.some(
    (name) =>
      name === host || (name.startsWith('*.') && host.split('.').slice(1).join('.') === name.slice(2)),
  )
}

// ingress-nginx redirects by itself wherever there is a certificate; others have to be told.
function redirects(value: unknown, said: (name: string) => unknown): boolean | null {
  const own = said('nginx.ingress.kubernetes.io/ssl-redirect')
  const forced = said('nginx.ingress.kubernetes.io/force-ssl-redirect')
  if (String(own) === 'false' && String(forced) !== 'true') return false
  const name = String(field(value, 'spec', 'ingressClassName') ?? said('kubernetes.io/ingress.class') ?? '')
  if (/nginx/.test(name) || String(forced) === 'true') return true
  const isSecure = String(said('traefik.ingress.kubernetes.io/router.entrypoints')) === 'websecure'
  return isSecure ? true : null
}
