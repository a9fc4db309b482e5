import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { parseEnvSchema } from '../../config/env-schema.ts'
import type { AppFacts } from '../../detect/facts.ts'
import { djangoApp, goApp, nodeApp, read, requestFor, staticSite, sure } from '../facts.fixture.ts'
import type { GeneratorRequest } from '../request.ts'
import { stamped, stateOf } from '../stamp.ts'
import { kubernetes } from './kubernetes.ts'

const health = { readiness: sure('/readyz'), liveness: sure('/livez') }

function generated(app: AppFacts, more: Partial<GeneratorRequest> = {}) {
  const { files, notes } = kubernetes.generate(requestFor(app, more))
  const texts = Object.fromEntries(files.map(({ path, content }) => [path, content]))
  const objects = files
    .filter(({ path }) => path !== 'kubernetes/kustomization.yaml')
    .flatMap(({ content }) => parseAllDocuments(content).map((one) => one.toJS()))
  const one = (kind: string) => objects.find((object) => object.kind === kind)
  const pod = one('Deployment').spec.template.spec
  return { texts, notes, objects, one, pod, container: pod.containers[0] }
}

/** An app with this env schema. */
function withSchema(text: string) {
  return generated(nodeApp(), { schema: parseEnvSchema(text, 'env.schema.yaml') })
}

describe('manifests for Kubernetes', () => {
  it('are a folder of files, each of which knows later what it was made of', () => {
    const variables = { variables: [read('GREETING')], dynamic: [], unread: [] }
    const { texts } = generated(nodeApp(), { variables })
    expect(Object.keys(texts)).toEqual([
      'kubernetes/kustomization.yaml',
      'kubernetes/deployment.yaml',
      'kubernetes/config-map.yaml',
      'kubernetes/service.yaml',
      'kubernetes/gateway.yaml',
      'kubernetes/availability.yaml',
      'kubernetes/network-policy.yaml',
    ])
    for (const content of Object.values(texts)) {
      expect(stateOf(stamped(content), content)).toBe('same')
      expect(parse(stamped(content).split('\n---\n')[0]!)).toEqual(parse(content.split('\n---\n')[0]!))
    }
    expect(parse(texts['kubernetes/kustomization.yaml']!).resources).toEqual([
      'deployment.yaml',
      'config-map.yaml',
      'service.yaml',
      'gateway.yaml',
      'availability.yaml',
      'network-policy.yaml',
    ])
  })

  it('name objects of each other that are there', () => {
    const { one, objects, pod } = generated(goApp({ name: 'api' }))
    const labels = { 'app.kubernetes.io/name': 'api', 'app.kubernetes.io/component': 'web' }
    expect(one('Deployment').spec.template.metadata.labels).toEqual(labels)
    for (const selector of [
      one('Deployment').spec.selector.matchLabels,
      one('Service').spec.selector,
      one('PodDisruptionBudget').spec.selector.matchLabels,
      one('NetworkPolicy').spec.podSelector.matchLabels,
      pod.topologySpreadConstraints[0].labelSelector.matchLabels,
      pod.topologySpreadConstraints[1].labelSelector.matchLabels,
    ])
      expect(selector).toEqual(labels)
    expect(pod.serviceAccountName).toBe(one('ServiceAccount').metadata.name)
    expect(one('HorizontalPodAutoscaler').spec.scaleTargetRef).toMatchObject({
      kind: 'Deployment',
      name: 'api',
    })
    const route = objects.find(({ kind, spec }) => kind === 'HTTPRoute' && spec.rules[0].backendRefs)
    expect(route.spec.rules[0].backendRefs).toEqual([{ name: 'api', port: 80 }])
    expect(one('Service').spec.ports[0]).toMatchObject({ port: 80, targetPort: 'http' })
    expect(one('Service').spec.type).toBe('ClusterIP')
  })

  it('leave the image to whoever has built it, by its digest', () => {
    expect(generated(nodeApp()).container.image).toMatch(/^registry\.example\.com\/shop@sha256:0{64}$/)
  })

  it.each<[string, AppFacts, number]>([
    ['Node', nodeApp({ port: null }), 3000],
    ['Node on a port of its own', nodeApp({ port: sure(4321), readsPort: false }), 4321],
    ['Go', goApp({ port: null }), 8080],
    ['Django', djangoApp({ port: null }), 8000],
    ['a static site', staticSite(), 3000],
  ])('listen where the image does: %s', (_, app, port) => {
    const { container } = generated(app)
    expect(container.ports).toEqual([{ name: 'http', containerPort: port, protocol: 'TCP' }])
    expect(container.env).toContainEqual({ name: 'PORT', value: String(port) })
  })

  it('give Next an address that all can reach and a cache that it can write, in a workspace too', () => {
    const next = nodeApp({ framework: sure('next'), folder: 'apps/web', workspaceRoot: '.' })
    const { container, pod } = generated(next)
    expect(container.env).toContainEqual({ name: 'HOSTNAME', value: '0.0.0.0' })
    expect(container.volumeMounts).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'next-cache', mountPath: '/app/apps/web/.next/cache' },
    ])
    expect(pod.volumes.map(({ name }: { name: string }) => name)).toEqual(['tmp', 'next-cache'])
  })
})

describe('the instances', () => {
  const { one, pod, container } = generated(nodeApp({ health }))

  it('are asked on separate paths, as often and as long as is usual', () => {
    const timing = (delay: number, period: number, failures: number) => ({
      initialDelaySeconds: delay,
      periodSeconds: period,
      timeoutSeconds: 3,
      failureThreshold: failures,
    })
    const [live, ready] = [
      { path: '/livez', port: 'http' },
      { path: '/readyz', port: 'http' },
    ]
    expect(container.startupProbe).toEqual({ httpGet: live, ...timing(0, 5, 30) })
    expect(container.readinessProbe).toEqual({ httpGet: ready, ...timing(5, 10, 2) })
    expect(container.livenessProbe).toEqual({ httpGet: live, ...timing(10, 30, 3) })
  })

  it('serve on until readiness has been seen to fail, and have time to finish after that', () => {
    const { periodSeconds, failureThreshold } = container.readinessProbe
    const { seconds } = container.lifecycle.preStop.sleep
    expect(seconds).toBe(20)
    expect(seconds).toBeGreaterThanOrEqual(periodSeconds * failureThreshold)
    expect(pod.terminationGracePeriodSeconds).toBe(60)
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(seconds + 30)
  })

  it('are replaced only when the new one is ready', () => {
    const { strategy, minReadySeconds, progressDeadlineSeconds } = one('Deployment').spec
    expect(strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } })
    expect([minReadySeconds, progressDeadlineSeconds]).toEqual([10, 600])
    const { periodSeconds, failureThreshold } = container.startupProbe
    expect(progressDeadlineSeconds).toBeGreaterThan(periodSeconds * failureThreshold + minReadySeconds)
  })

  it('are two at least, on machines apart, of which one may always be moved', () => {
    expect(one('Deployment').spec).not.toHaveProperty('replicas')
    const { minReplicas, maxReplicas } = one('HorizontalPodAutoscaler').spec
    expect([minReplicas, maxReplicas]).toEqual([2, 10])
    expect(one('PodDisruptionBudget').spec.maxUnavailable).toBe(1)
    expect(pod.topologySpreadConstraints[0]).toMatchObject({
      topologyKey: 'kubernetes.io/hostname',
      maxSkew: 1,
      whenUnsatisfiable: 'DoNotSchedule',
    })
  })

  it('are nobody in particular, and can change nothing', () => {
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 10_001,
      runAsGroup: 10_001,
      fsGroup: 10_001,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(pod.automountServiceAccountToken).toBe(false)
    expect(one('ServiceAccount').automountServiceAccountToken).toBe(false)
    expect(container.volumeMounts).toEqual([{ name: 'tmp', mountPath: '/tmp' }])
    expect(pod.volumes).toEqual([{ name: 'tmp', emptyDir: { sizeLimit: '256Mi' } }])
  })

  it('have what they ask for, and of memory no more', () => {
    expect(container.resources).toEqual({
      requests: { cpu: '250m', memory: '512Mi', 'ephemeral-storage': '512Mi' },
      limits: { cpu: '1', memory: '512Mi', 'ephemeral-storage': '512Mi' },
    })
  })
})

describe('probes', () => {
  it('count a connection where no path is known, and say so', () => {
    const { container, notes } = generated(nodeApp())
    expect(container.readinessProbe).toMatchObject({ tcpSocket: { port: 'http' }, periodSeconds: 10 })
    expect(container.livenessProbe).toMatchObject({ tcpSocket: { port: 'http' }, periodSeconds: 30 })
    expect(notes).toContainEqual(
      expect.stringMatching(
        /^No path says whether it can take requests, and none whether its process is sound:/,
      ),
    )
  })

  it('never ask liveness what readiness is asked, which would restart an app whose database is away', () => {
    const same = { readiness: sure('/health'), liveness: sure('/health') }
    const { container, notes } = generated(nodeApp({ health: same }))
    expect(container.readinessProbe.httpGet.path).toBe('/health')
    expect(container.livenessProbe).toHaveProperty('tcpSocket')
    expect(container.startupProbe).toHaveProperty('tcpSocket')
    expect(notes).toContainEqual(expect.stringMatching(/^No path says whether its process is sound:/))
  })

  it('speak to Django by a name that it knows, as if by https', () => {
    const httpHeaders = [
      { name: 'Host', value: 'shop.example.com' },
      { name: 'X-Forwarded-Proto', value: 'https' },
    ]
    const { container } = generated(djangoApp({ health }))
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http', httpHeaders })
    expect(container.livenessProbe.httpGet).toEqual({ path: '/livez', port: 'http', httpHeaders })
  })

  it('ask the server of static files by the paths that it has', () => {
    const { container, notes } = generated(staticSite())
    expect(container.readinessProbe.httpGet.path).toBe('/readyz')
    expect(container.livenessProbe.httpGet.path).toBe('/livez')
    expect(notes).toHaveLength(1)
  })

  it('take a path as it is, whatever it has in it', () => {
    const odd = { readiness: sure('/a"b: #c\u2028'), liveness: null }
    expect(generated(goApp({ health: odd })).container.readinessProbe.httpGet.path).toBe('/a"b: #c\u2028')
  })
})

describe('variables', () => {
  it('come from the ConfigMap, and secrets from a Secret that is not here', () => {
    const { container, one, objects, texts } = withSchema(`
      required: [DATABASE_URL, GREETING]
      properties:
        DATABASE_URL: { x-secret: true }
        SENTRY_DSN: { x-secret: true }
        GREETING: {}
        LOG_LEVEL: { default: info }
        RETRIES: { type: integer, default: 3 }
        PORT: { type: integer, default: 3000 }
        COMMIT: { x-phase: build }`)
    const secret = (key: string) => ({ secretKeyRef: { name: 'shop', key } })
    const configured = (key: string) => ({ configMapKeyRef: { name: 'shop', key } })
    expect(container.env).toEqual([
      { name: 'PORT', value: '3000' },
      { name: 'DATABASE_URL', valueFrom: secret('DATABASE_URL') },
      {
        name: 'SENTRY_DSN',
        valueFrom: { secretKeyRef: { name: 'shop', key: 'SENTRY_DSN', optional: true } },
      },
      { name: 'GREETING', valueFrom: configured('GREETING') },
      {
        name: 'LOG_LEVEL',
        valueFrom: { configMapKeyRef: { name: 'shop', key: 'LOG_LEVEL', optional: true } },
      },
      { name: 'RETRIES', valueFrom: { configMapKeyRef: { name: 'shop', key: 'RETRIES', optional: true } } },
    ])
    expect(one('ConfigMap').data).toEqual({ LOG_LEVEL: 'info', RETRIES: '3' })
    expect(texts['kubernetes/config-map.yaml']).toContain(
      '# TODO: without it no instance starts.\n  # GREETING: ""',
    )
    expect(objects.map(({ kind }) => kind)).not.toContain('Secret')
    expect(texts['kubernetes/kustomization.yaml']).toContain(
      '#   DATABASE_URL (without it no instance starts)',
    )
    expect(texts['kubernetes/kustomization.yaml']).toContain('#   SENTRY_DSN (optional)')
  })

  it('never show what the code takes for a secret that is not set', () => {
    const variables = {
      variables: [read('JWT_SECRET', 'hunter2-hunter2'), read('REDIS_URL', 'redis://:hunter2@cache')],
      dynamic: [],
      unread: [],
    }
    const { texts, container } = generated(nodeApp(), { variables })
    expect(Object.values(texts).join('')).not.toContain('hunter2')
    expect(container.env.slice(1).map((one: { valueFrom: object }) => Object.keys(one.valueFrom))).toEqual([
      ['secretKeyRef'],
      ['secretKeyRef'],
    ])
    expect(Object.keys(texts)).not.toContain('kubernetes/config-map.yaml')
  })

  it.each([
    ['DEBUG', 'true'],
    ['DJANGO_DEBUG', '1'],
    ['CACHE_HOST', 'localhost'],
    ['API', 'http://127.0.0.1:4000/v1'],
    ['BROKERS', 'a:9092, localhost:9092'],
  ])('do not bring a developer’s own machine into a cluster: %s', (name, fallback) => {
    const variables = { variables: [read(name, fallback)], dynamic: [], unread: [] }
    const { container, one } = generated(djangoApp(), { variables })
    expect(one('ConfigMap').data).toEqual({})
    // Not optional: until somebody has said it, nothing starts.
    expect(container.env.at(-1)).toEqual({
      name,
      valueFrom: { configMapKeyRef: { name: 'shop', key: name } },
    })
  })

  it('keep defaults that are right everywhere, and run in production mode', () => {
    const { one } = withSchema(`
      properties:
        NODE_ENV: { enum: [development, production], default: development }
        DEBUG: { type: boolean, default: false }
        SITE: { default: "https://localhost.example.com" }`)
    expect(one('ConfigMap').data).toEqual({
      NODE_ENV: 'production',
      DEBUG: 'false',
      SITE: 'https://localhost.example.com',
    })
  })

  it('stand once each, as their owner declares them', () => {
    const { container } = generated(djangoApp(), {
      schema: parseEnvSchema(
        'properties: { WEB_CONCURRENCY: { type: integer }, PORT: {} }',
        'env.schema.yaml',
      ),
    })
    expect(container.env.map(({ name }: { name: string }) => name)).toEqual(['PORT', 'WEB_CONCURRENCY'])
    expect(container.env[1]).toHaveProperty('valueFrom')
    expect(generated(djangoApp()).container.env[1]).toEqual({ name: 'WEB_CONCURRENCY', value: '2' })
  })

  it('keep odd texts as they are, and let none out of a comment', () => {
    const description = 'one\r  EVIL: "yes"\ntwo\u2028three'
    const { one, texts } = withSchema(
      JSON.stringify({ properties: { ODD: { default: 'a: #b\n"c" \u2028$d', description } } }),
    )
    expect(one('ConfigMap').data).toEqual({ ODD: 'a: #b\n"c" \u2028$d' })
    // What older readers of YAML take for the end of a line is in no line.
    expect(texts['kubernetes/config-map.yaml']!.split('\ndata:\n')[1]!.split('\n')).toEqual([
      '  # one',
      '  #   EVIL: "yes"',
      '  # two',
      '  # three',
      '  ODD: "a: #b\\n\\"c\\" \\u2028$d"',
      '',
    ])
  })
})

describe('the network', () => {
  it('is closed but for the gateway, Prometheus, names, and the servers that the app needs', () => {
    const services = [sure('redis' as const), sure('postgres' as const), sure('redis' as const)]
    const { objects } = generated(nodeApp({ services }))
    const [deny, allow] = objects.filter(({ kind }) => kind === 'NetworkPolicy')
    const pods = { matchLabels: { 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/component': 'web' } }
    expect(deny.spec).toEqual({ podSelector: pods, policyTypes: ['Ingress', 'Egress'] })
    expect(allow.spec.ingress).toEqual([
      { from: ['gateway-system', 'monitoring'].map(namespace), ports: [{ protocol: 'TCP', port: 'http' }] },
    ])
    expect(allow.spec.egress).toEqual([
      {
        to: [namespace('kube-system'), { ipBlock: { cidr: '169.254.20.10/32' } }],
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
      { ports: [{ protocol: 'TCP', port: 5432 }] },
      { ports: [{ protocol: 'TCP', port: 6379 }] },
    ])
  })

  it('is entered by https, to which http is sent', () => {
    const { one, objects } = generated(goApp())
    const [http, https] = one('Gateway').spec.listeners
    expect(http).toMatchObject({ name: 'http', port: 80, protocol: 'HTTP', hostname: 'shop.example.com' })
    expect(https).toMatchObject({
      ...{ name: 'https', port: 443, protocol: 'HTTPS', hostname: 'shop.example.com' },
      tls: { mode: 'Terminate', certificateRefs: [{ kind: 'Secret', name: 'shop-tls' }] },
    })
    const routes = objects.filter(({ kind }) => kind === 'HTTPRoute').map(({ spec }) => spec)
    expect(routes.map(({ parentRefs }) => parentRefs)).toEqual([
      [{ name: 'shop', sectionName: 'https' }],
      [{ name: 'shop', sectionName: 'http' }],
    ])
    expect(routes[1].rules).toEqual([
      { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] },
    ])
  })
})

function namespace(name: string) {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } }
}

it.each([
  ['github.com', 'Acme/Shop', 'ghcr.io/acme/shop@sha256:'],
  ['gitlab.com', 'group/sub/shop', 'registry.gitlab.com/group/sub/shop@sha256:'],
  ['git.example.com', 'acme/shop', 'registry.example.com/shop@sha256:'],
])('names the image as the pipelines of %s push it', (host, path, image) => {
  const { files } = kubernetes.generate(
    requestFor(nodeApp(), { repository: { host, path, defaultBranch: 'main' } }),
  )
  expect(files.find(({ path: file }) => file === 'kubernetes/deployment.yaml')!.content).toContain(
    `image: ${image}`,
  )
})
