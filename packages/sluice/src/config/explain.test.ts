import { expect, it } from 'vitest'
import { environmentOf } from './environment.ts'
import { describeConfig } from './explain.ts'
import { parseConfig } from './load.ts'

function described(text: string, name?: string): string[] {
  const config = parseConfig(text, '/srv/shop')
  return describeConfig(config, environmentOf(config, name)).map((line) => line.replaceAll(/ {2,}/g, ' | '))
}

const text = `app: shop
run: { command: [node, server.js] }
health: { readiness: { path: /readyz } }
env: { schema: ./env.schema.yaml, LOG_LEVEL: info, REGION: eu, KEY: { file: key } }
environments:
  production:
    instances: 4
    sticky: { header: X-User }
    env: { LOG_LEVEL: hunter2 }
    strategy: { canary: { steps: [5%, { weight: 50%, gate: true }] } }
`

it('says of each value whether it is a default, from the top level, or from the environment', () => {
  expect(described(text)).toEqual([
    'target | process | default',
    'router | embedded | default',
    'instances | 4 | environment',
    'host | shop-production.localhost | default',
    'path | / | default',
    'sticky | {"header":"X-User"} | environment',
    'firstByteTimeout | 30s | default',
    'drain | 30s | default',
    'strategy | canary | environment',
    'strategy.canary.steps | [5%, {"weight":"50%","gate":true}] | environment',
    'strategy.canary.analyze.profile | default | default',
    'strategy.canary.analyze.metrics | none | default',
    'strategy.canary.analyze.onInconclusive | hold | default',
    'strategy.canary.scale | full | default',
    'strategy.canary.approve | false | default',
    'strategy.canary.progressDeadline | 10m | default',
    'after.keepWarm | 10m | default',
    'hooks.beforeTraffic | none | default',
    'hooks.after | none | default',
    'hooks.onFailure | none | default',
    'app | shop | top level',
    'run.command | [node, server.js] | top level',
    'run.grace | 10s | default',
    'health.readiness.path | /readyz | top level',
    'health.readiness.period | 10s | default',
    'health.readiness.failures | 2 | default',
    'health.readiness.timeout | 1s | default',
    'health.liveness.period | 30s | default',
    'health.liveness.failures | 3 | default',
    'health.liveness.timeout | 1s | default',
    'health.startup.path | /readyz | default',
    'health.startup.period | 5s | default',
    'health.startup.failures | 30 | default',
    'health.startup.timeout | 1s | default',
    'env.schema | ./env.schema.yaml | top level',
    'check.tier | C | default',
    'check.gate | false | default',
    'check.coverage | 80 | default',
    'check.attestations | ops/attestations.yaml | default',
    'check.notApplicable | none | default',
    'check.lenient | none | default',
    'keepReleases | 5 | default',
    'data | none | default',
    'env.LOG_LEVEL | (not shown) | environment',
    'env.REGION | (not shown) | top level',
    'env.KEY | from /srv/shop/key | top level',
  ])
})

it('never shows the value of a variable, and keeps its columns in line', () => {
  const config = parseConfig(text, '/srv/shop')
  const lines = describeConfig(config, environmentOf(config, undefined))
  expect(lines.join('\n')).not.toContain('hunter2')
  expect(new Set(lines.map((line) => line.search(/(default|top level|environment)$/))).size).toBe(1)
})

it('says that the strategy is the recommended one where none is written', () => {
  const lines = described('app: shop\nrun: { command: x }\nenvironments: { staging: }\n')
  expect(lines).toContain('strategy | as plan recommends | default')
  expect(lines.filter((line) => line.startsWith('strategy.'))).toEqual([])
})
