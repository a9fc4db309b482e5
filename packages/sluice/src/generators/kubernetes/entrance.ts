import { indented, labels } from './lines.ts'
import type { Workload } from './workload.ts'

/** How the instances are reached inside the cluster. */
export function service(app: Workload): string[] {
  return [
    '# How it is reached in the cluster.',
    'apiVersion: v1',
    'kind: Service',
    'metadata:',
    `  name: ${app.name}`,
    ...indented(2, labels(app)),
    'spec:',
    '  type: ClusterIP',
    '  selector:',
    ...indented(2, labels(app).slice(1)),
    '  ports:',
    '    - name: http',
    '      port: 80',
    '      targetPort: http',
    '      protocol: TCP',
    '      appProtocol: http',
  ]
}

/** How it is reached from outside: by https, and http is sent there. */
export function gateway(app: Workload): string[] {
  const { name, host } = app
  return [
    '# How it is reached from outside, by https alone. Needs the Gateway API (its standard channel) in the cluster.',
    '# Where the cluster has one Gateway for all: take this one out, and name that one under parentRefs.',
    'apiVersion: gateway.networking.k8s.io/v1',
    'kind: Gateway',
    'metadata:',
    `  name: ${name}`,
    ...indented(2, labels(app)),
    'spec:',
    '  # TODO: what `kubectl get gatewayclass` says. Which versions of TLS are spoken is decided there: 1.2 at least.',
    '  gatewayClassName: gateway-class',
    '  listeners:',
    ...indented(4, listener('http', 80, 'HTTP', host)),
    ...indented(4, listener('https', 443, 'HTTPS', host)),
    '      tls:',
    '        mode: Terminate',
    '        # TODO: the certificate. cert-manager makes and renews it, given its annotation on this Gateway.',
    '        certificateRefs:',
    '          - kind: Secret',
    `            name: ${name}-tls`,
    '---',
    ...route(app, name, 'https'),
    '  rules:',
    '    - backendRefs:',
    `        - name: ${name}`,
    '          port: 80',
    '---',
    ...route(app, `${name}-to-https`, 'http'),
    '  rules:',
    '    - filters:',
    '        - type: RequestRedirect',
    '          requestRedirect:',
    '            scheme: https',
    '            statusCode: 301',
  ]
}

function listener(name: string, port: number, protocol: string, host: string): string[] {
  return [
    `- name: ${name}`,
    `  port: ${port}`,
    `  protocol: ${protocol}`,
    `  hostname: ${host} # TODO: its name, here and in the routes below`,
    '  allowedRoutes:',
    '    namespaces:',
    '      from: Same',
  ]
}

function route(app: Workload, name: string, section: 'http' | 'https'): string[] {
  return [
    'apiVersion: gateway.networking.k8s.io/v1',
    'kind: HTTPRoute',
    'metadata:',
    `  name: ${name}`,
    ...indented(2, labels(app)),
    'spec:',
    '  parentRefs:',
    `    - name: ${app.name}`,
    `      sectionName: ${section}`,
    '  hostnames:',
    `    - ${app.host}`,
  ]
}
