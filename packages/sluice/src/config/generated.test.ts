import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { routers } from '../routers/index.ts'
import { targets } from '../targets/index.ts'
import { configJsonSchema, editorSchema } from './json-schema.ts'
import { allKeys, pathText } from './keys.ts'
import { referencePage } from './reference.ts'

const stale = 'stale: run `node scripts/generate-docs.ts`'

function tracked(name: string): string {
  return readFileSync(new URL(`../../../../${name}`, import.meta.url), 'utf8')
}

it('the editor schema that is shipped is the one of this code', () => {
  expect(JSON.parse(tracked('packages/sluice/schema.json')), stale).toEqual(editorSchema())
})

it('the reference page is the one of this code', () => {
  expect(tracked('docs/reference/sluice-yaml.md'), stale).toBe(referencePage(configJsonSchema()))
})

it('every key has one line that says what it means, and a default that is told where it is not required', () => {
  for (const { path, schema, isRequired } of allKeys(configJsonSchema())) {
    expect(schema.description, pathText(path)).toMatch(/^[^\n]+\.$/)
    const isDefaultKnown = isRequired || schema.default !== undefined || schema.properties !== undefined
    if (isDefaultKnown || path.at(-1) === '<name>') continue
    expect(withoutDefault, pathText(path)).toContain(pathText(path))
  }
})

const metricKeys = ['source', 'bad', 'total', 'weight', 'margin', 'slack', 'promoteMargin', 'promoteSlack']

/** Their descriptions say what holds when they are not given. */
const withoutDefault = [
  'check.stateful',
  'build.command',
  'build.context',
  'build.stage',
  'image',
  'run.command',
  'run.port',
  'health.readiness.path',
  'health.liveness.path',
  'health.startup.path',
  'env.schema',
  ...['command', 'user', 'memory', 'cpus', 'pids', 'reach', 'registry'].map(
    (key) => `environments.<name>.container.${key}`,
  ),
  'environments.<name>.host',
  'preview.like',
  'preview.host',
  'environments.<name>.maxBody',
  'environments.<name>.strategy',
  'environments.<name>.strategy.rolling.surge',
  'environments.<name>.strategy.canary.steps[].for',
  'environments.<name>.strategy.canary.analyze.for',
  'environments.<name>.strategy.canary.analyze.deadline',
  'environments.<name>.strategy.canary.analyze.minBake',
  'environments.<name>.metrics.prometheus.tokenFile',
  ...metricKeys.map((key) => `environments.<name>.strategy.rolling.analyze.metrics.<name>.${key}`),
  ...metricKeys.map((key) => `environments.<name>.strategy.blue-green.analyze.metrics.<name>.${key}`),
  ...metricKeys.map((key) => `environments.<name>.strategy.canary.analyze.metrics.<name>.${key}`),
]

it('a file may name the targets and routers of the registries, and no others', () => {
  const namesAt = (key: string) =>
    allKeys(configJsonSchema()).find(({ path }) => pathText(path) === `environments.<name>.${key}`)?.schema
      .enum
  expect(namesAt('target')).toEqual(Object.keys(targets))
  expect(namesAt('router')).toEqual(Object.keys(routers))
})

it('the editor schema accepts what the reader accepts', async () => {
  const { Ajv2020 } = await import('ajv/dist/2020.js')
  const accepts = new Ajv2020({ strict: false }).compile(configJsonSchema())
  const strategy = { canary: { steps: ['5%', { weight: '12.5%', for: '1m30s' }] } }
  const file = { app: 'shop', run: { command: ['node', 'x.js'] }, environments: { production: { strategy } } }
  expect(accepts(file)).toBe(true)
  expect(accepts({ ...file, migrations: {} })).toBe(false)
  expect(accepts({ ...file, keepReleases: 0 })).toBe(false)
})
