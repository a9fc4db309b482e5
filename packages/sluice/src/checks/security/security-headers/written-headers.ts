import type { Evidence } from '../../check.ts'
import { lineAt } from '../../look/files.ts'
import { isForTests } from '../../look/for-tests.ts'
import { once } from '../../look/look.ts'
import { type HeaderName, headerNames } from './missing-headers.ts'

/** Where gateways and platforms are told of headers. */
const PLACES =
  /(?:^|\/)(?:nginx[\w.-]*|haproxy[\w.-]*|Caddyfile|_headers|\.htaccess|vercel\.json|netlify\.toml|staticwebapp\.config\.json|firebase\.json|traefik[\w.-]*)$|\.(?:conf|nginx)$|(?:^|\/)(?:k8s|kubernetes|manifests|deploy|ops|ingress|gateway|charts?|helm)\/.*\.ya?ml$/i

/** As headers, as annotations and as Traefik calls them. */
const written: { [K in HeaderName]: RegExp } = {
  'Content-Security-Policy': /content-?security-?policy/i,
  'Strict-Transport-Security': /strict-transport-security|\bhsts\b|stsSeconds/i,
  'X-Frame-Options': /x-frame-options|frameDeny|customFrameOptionsValue|frame-ancestors/i,
  'X-Content-Type-Options': /x-content-type-options|contentTypeNosniff/i,
  'Referrer-Policy': /referrer-?policy/i,
}

/** Where a header is set in front of the app, as far as the repository has it. */
export const writtenHeaders = once(({ repositoryFiles: files }): Partial<Record<HeaderName, Evidence>> => {
  const found: Partial<Record<HeaderName, Evidence>> = {}
  for (const path of files.matching(PLACES)) {
    if (isForTests(path)) continue
    const text = files.read(path) ?? ''
    for (const name of headerNames) {
      const match = written[name].exec(text)
      if (match === null) continue
      found[name] ??= { says: name, file: files.at(path), line: lineAt(text, match.index) }
    }
  }
  return found
})
