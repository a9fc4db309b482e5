import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { tls } from './tls.ts'

const ingress = (spec: string, annotations = '{ cert-manager.io/cluster-issuer: letsencrypt }') => ({
  'k8s/ingress.yaml': `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, annotations: ${annotations} }
spec:
  ingressClassName: nginx
  rules: [{ host: shop.example.com }]
  ${spec}
`,
})
const gateway = (section: string, listeners = 'http, https') => ({
  'k8s/gateway.yaml': `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: shop, annotations: { cert-manager.io/issuer: letsencrypt } }
spec:
  listeners:
${listeners
  .split(', ')
  .map((name) =>
    name === 'https'
      ? '    - { name: https, protocol: HTTPS, tls: { certificateRefs: [{ name: shop-tls }] } }'
      : '    - { name: http, protocol: HTTP }',
  )
  .join('\n')}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec: { parentRefs: [{ name: shop, sectionName: ${section} }], rules: [{ backendRefs: [{ name: shop }] }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop-to-https }
spec: { parentRefs: [{ name: shop, sectionName: http }], rules: [{ filters: [{ requestRedirect: { scheme: https } }] }] }
`,
})
const alert = {
  'ops/alerts.yaml':
    'groups:\n  - rules:\n      - alert: CertificateEnds\n        expr: probe_ssl_earliest_cert_expiry - time() < 864000\n',
}
const covered = 'tls: [{ hosts: [shop.example.com], secretName: shop-tls }]'
const production = (host: string) => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nenvironments:\n  production: { ${host} }\n`,
})
const reply = (change: object) => ({
  'ops/replies/tls.json': {
    takenAt: '2026-11-21T00:00:00Z',
    from: 'curl http://shop.example.com',
    reply: { url_effective: 'https://shop.example.com/', ssl_verify_result: 0, num_redirects: 1, ...change },
  },
})

it.each([
  ['an Ingress', ingress(covered)],
  ['a wildcard', ingress('tls: [{ hosts: ["*.example.com"], secretName: shop-tls }]')],
  ['a Gateway', gateway('https')],
  ['a Gateway without http', gateway('https', 'https')],
])('passes with %s that has a certificate, its renewal and an alert', async (_, files) => {
  expect(await found(tls, { ...files, ...alert })).toMatchObject({ status: 'pass' })
})

it('warns without an alert, or without anybody who renews it', async () => {
  expect((await found(tls, ingress(covered))).says).toContain('nothing here shows an alert before it ends')
  const finding = await found(tls, { ...ingress(covered, '{}'), ...alert })
  expect(finding).toMatchObject({ status: 'warn' })
  expect(finding.says).toContain('who renews the certificate')
})

it.each([
  ['an Ingress without tls', ingress('defaultBackend: {}'), 'Ingress shop serves plain http'],
  ['one for another host', ingress('tls: [{ hosts: [desk.example.com] }]'), 'serves plain http'],
  ['a Gateway whose http serves', gateway('http'), 'Gateway shop serves plain http'],
  ['a Gateway without TLS', gateway('https', 'http'), 'Gateway shop serves plain http'],
])('fails with %s', async (_, files, says) => {
  const finding = await found(tls, { ...files, ...alert })
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('does not know what stands before the router of Sluice, until curl has been asked', async () => {
  const files = production('host: shop.example.com')
  expect(await found(tls, files)).toMatchObject({ status: 'unknown', isBlocking: true })
  expect((await found(tls, { ...files, ...reply({}) })).status).toBe('pass')
  expect(
    (await found(tls, { ...files, ...reply({ url_effective: 'http://shop.example.com/' }) })).status,
  ).toBe('fail')
  expect((await found(tls, { ...files, ...reply({ ssl_verify_result: 10 }) })).status).toBe('fail')
})

it('does not know what the Gateway of a service mesh says', async () => {
  const files = {
    'k8s/gateway.yaml':
      'apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: { name: shop }\nspec: { servers: [{ port: { number: 80 } }] }\n',
  }
  const finding = await found(tls, files)
  expect(finding).toMatchObject({ status: 'unknown' })
  expect(finding.says).toContain('k8s/gateway.yaml')
})

it('does not know how a workload without an entrance is reached', async () => {
  const deployment =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\nspec: { selector: {}, template: { spec: { containers: [{ image: "shop:1" }] } } }\n'
  const finding = await found(tls, { 'k8s/app.yaml': deployment })
  expect(finding.status).toBe('unknown')
  expect(finding.says).toContain('no Ingress and no Gateway')
})

it('does not concern what only its own machine reaches', async () => {
  expect((await found(tls, production('instances: 2'))).status).toBe('na')
})
