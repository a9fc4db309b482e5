import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { AppFacts } from '../../detect/facts.ts'
import { djangoApp, goApp, nodeApp, requestFor, staticSite, sure } from '../facts.fixture.ts'
import type { GeneratorRequest } from '../request.ts'
import { stamped, stateOf } from '../stamp.ts'
import { alerts } from './alerts.ts'

interface Rule {
  alert: string
  expr: string
  for: string
  labels: Record<string, string>
  annotations: Record<string, string>
}

function generated(app: AppFacts, more: Partial<GeneratorRequest> = {}) {
  const { files, notes } = alerts.generate(requestFor(app, more))
  const [{ path, content }] = files as [(typeof files)[0]]
  const { groups } = parse(content) as { groups: { name: string; rules: Rule[] }[] }
  return { path, content, notes, groups, rules: groups.flatMap(({ rules }) => rules) }
}

const services = (['rabbitmq', 'redis', 'mysql', 'mongodb', 'postgres'] as const).map(sure)

describe('alerting rules', () => {
  it('are one file, which knows later what it was made of', () => {
    const { path, content } = generated(nodeApp())
    expect(path).toBe('ops/alerts.yaml')
    expect(stateOf(stamped(content), content)).toBe('same')
    expect(parse(stamped(content))).toEqual(parse(content))
  })

  it('watch the service, its address, its machines and the servers that it needs', () => {
    const named = ({ groups }: ReturnType<typeof generated>) =>
      groups.map(({ name, rules }) => [name, rules.map(({ alert }) => alert)])
    const always = [
      [
        'shop-service',
        [
          'NoInstanceUp',
          'InstanceDown',
          'HighErrorRate',
          'HighLatency',
          'ErrorBudgetBurnsFast',
          'ErrorBudgetBurnsSlowly',
        ],
      ],
      ['shop-public', ['PublicAddressDown', 'CertificateExpiresSoon', 'CertificateExpires']],
      [
        'shop-saturation',
        ['CpuSaturated', 'MemoryShort', 'DiskAlmostFull', 'InodesAlmostGone', 'FileDescriptorsShort'],
      ],
    ]
    expect(named(generated(goApp()))).toEqual(always)
    expect(named(generated(goApp({ services })))).toEqual([
      ...always,
      ['shop-mongodb', ['MongodbDown', 'MongodbConnectionsShort']],
      ['shop-mysql', ['MysqlDown', 'MysqlConnectionsShort']],
      ['shop-postgresql', ['PostgresqlDown', 'PostgresqlConnectionsShort']],
      ['shop-rabbitmq', ['RabbitmqDown', 'QueueGrows']],
      ['shop-redis', ['RedisDown', 'RedisMemoryShort']],
    ])
  })

  it('each say how long, how bad, who is told, what it is and where to read on', () => {
    for (const rule of generated(nodeApp({ services })).rules) {
      expect(rule.for).toMatch(/^\d+[mh]$/)
      expect(rule.labels).toEqual({
        severity: expect.stringMatching(/^(critical|warning)$/),
        owner: 'shop',
      })
      expect(rule.annotations).toEqual({
        summary: expect.stringMatching(/\.$/),
        runbook: expect.stringMatching(/^ops\/runbook\.md#[a-z-]+$/),
      })
    }
  })

  it.each([
    ['github.com', 'https://github.com/acme/shop/blob/trunk/ops/runbook.md#no-instance-up'],
    ['gitlab.com', 'https://gitlab.com/acme/shop/-/blob/trunk/ops/runbook.md#no-instance-up'],
    [
      'gitlab.acme.example',
      'https://gitlab.acme.example/acme/shop/-/blob/trunk/ops/runbook.md#no-instance-up',
    ],
    ['git.acme.example', undefined],
  ])('lead to the page in a repository of %s', (host, url) => {
    const repository = { host, path: 'acme/shop', defaultBranch: 'trunk' }
    expect(generated(nodeApp(), { repository }).rules[0]!.annotations.runbook_url).toBe(url)
  })

  it('lead into the folder of an app that is one of several', () => {
    const repository = { host: 'github.com', path: 'acme/all', defaultBranch: 'main' }
    const { annotations } = generated(nodeApp({ folder: 'apps/my shop' }), { repository }).rules[0]!
    expect(annotations.runbook_url).toBe(
      'https://github.com/acme/all/blob/main/apps/my%20shop/ops/runbook.md#no-instance-up',
    )
  })

  it.each<[string, AppFacts, string, string]>([
    [
      'Express',
      nodeApp(),
      'http_request_duration_seconds_count{job="shop", status_code=~"5.."}',
      'express-prom-bundle',
    ],
    ['Go', goApp(), 'http_requests_total{job="shop", code=~"5.."}', 'client_golang'],
    [
      'Django',
      djangoApp(),
      'django_http_responses_total_by_status_total{job="shop", status=~"5.."}',
      'django-prometheus',
    ],
    [
      'Flask',
      djangoApp({ django: null, framework: sure('flask') }),
      'flask_http_request_total{job="shop", status=~"5.."}',
      'prometheus-flask-exporter',
    ],
    [
      'FastAPI',
      djangoApp({ django: null }),
      'http_requests_total{job="shop", status=~"5.."}',
      'prometheus-fastapi-instrumentator',
    ],
    ['a static site', staticSite(), 'http_requests_total{job="shop", status=~"5.."}', 'the proxy in front'],
    [
      'pages that a build makes',
      nodeApp({ servesFiles: true }),
      'http_requests_total{job="shop", status=~"5.."}',
      'the proxy in front',
    ],
  ])('count what the usual exporter of %s exposes, and say which', (_, app, failed, exporter) => {
    const { rules, content, notes } = generated(app)
    expect(rules.find(({ alert }) => alert === 'HighErrorRate')!.expr).toContain(`sum(rate(${failed}[5m]))`)
    expect(content).toMatch(new RegExp(`^  # Exposed by .*${exporter}`, 'm'))
    expect(notes).toEqual([expect.stringContaining(exporter)])
  })
})
