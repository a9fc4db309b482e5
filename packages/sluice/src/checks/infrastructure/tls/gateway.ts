import type { Manifest } from '../../look/manifests.ts'
import { field, listOf } from '../../look/yaml-documents.ts'
import type { Entrance } from './entrances.ts'

/** A Gateway with the routes that name it: http may do nothing but send people to https. */
export function gatewayOf({ value, file, name, lineOf }: Manifest, routes: Manifest[]): Entrance {
  const listeners = listOf(field(value, 'spec', 'listeners')).map((listener, index) => ({
    section: String(field(listener, 'name') ?? ''),
    protocol: String(field(listener, 'protocol') ?? ''),
    hasCertificate: field(listener, 'tls') !== null,
    line: lineOf(['spec', 'listeners', index]),
  }))
  const isSafe = (one: (typeof listeners)[number]) =>
    ['HTTPS', 'TLS'].includes(one.protocol) && one.hasCertificate
  const open = listeners.filter(({ protocol }) => protocol === 'HTTP')
  const attached = open.flatMap(({ section }) => routes.filter((route) => isAttached(route, name, section)))
  const serving = attached.filter(({ value: route }) => !redirects(route))
  const safe = listeners.filter(isSafe)
  const plain = [
    ...serving.map((route) => ({
      says: 'a route of http that serves',
      file: route.file,
      line: route.lineOf(['spec']),
    })),
    ...(safe.length === 0
      ? [{ says: 'no listener has TLS', file, line: lineOf(['spec', 'listeners']) }]
      : []),
  ]
  return {
    plain,
    tls: safe.map(({ line, protocol }) => ({ says: `a listener of ${protocol}`, file, line })),
    // Without a listener for http nobody is served in the clear.
    isRedirected: open.length === 0 || attached.some(({ value: route }) => redirects(route)),
  }
}

function isAttached({ value }: Manifest, gateway: string, section: string): boolean {
  return listOf(field(value, 'spec', 'parentRefs')).some((parent) => {
    const named = field(parent, 'sectionName')
    return field(parent, 'name') === gateway && (named === null || named === section)
  })
}

function redirects(route: unknown): boolean {
  const rules = listOf(field(route, 'spec', 'rules'))
  return (
    rules.length > 0 &&
    rules.every((rule) =>
      listOf(field(rule, 'filters')).some((filter) => field(filter, 'requestRedirect', 'scheme') === 'https'),
    )
  )
}
