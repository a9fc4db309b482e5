import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultAnalysis, standardMetrics } from '../core/analysis/spec.ts'
import { SluiceError } from '../errors.ts'
import { loadConfig, parseConfig } from './load.ts'

const small = 'app: shop\nrun: { command: node server.js }\n'

/** The example of the design, without the keys of later parts. */
const example = `
app: shop
build:
  command: npm ci && npm run build
run:
  command: node dist/server.js
health:
  readiness: { path: /readyz, period: 10s, failures: 2 }
  liveness:  { path: /livez, period: 30s, failures: 3 }
  startup:   { period: 5s, failures: 30 }
env:
  schema: ./env.schema.yaml
environments:
  staging:
    target: process
    strategy: rolling
  production:
    env: { LOG_LEVEL: info }
    target: process
    router: embedded
    instances: 4
    host: shop.localhost
    strategy:
      canary:
        steps: [1%, 5%, 25%, 50%]
        analyze: { deadline: 1h }
    after: { keepWarm: 1h }
data: [./uploads]
`

function problemsOf(text: string): string[] {
  try {
    parseConfig(text, '/srv/shop')
    return []
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    expect(error.code).toBe('CONFIG_INVALID')
    return error.details
  }
}

describe('a right sluice.yaml', () => {
  it('gives the example of the design its values, durations in milliseconds', () => {
    const { written, ...config } = parseConfig(example, '/srv/shop')
    expect(written).toHaveProperty('data', ['./uploads'])
    const shared = {
      target: 'process',
      router: 'embedded',
      container: {
        ...{
          command: null,
          init: true,
          user: null,
          memoryBytes: null,
          cpus: null,
          pids: null,
          readOnly: false,
        },
        ...{
          tmpfs: [],
          volumes: [],
          networks: [],
          secrets: 'env',
          reach: null,
          registry: null,
          constraints: [],
        },
        log: { maxBytes: 10_485_760, files: 3 },
      },
      path: '/',
      sticky: null,
      maxBodyBytes: null,
      firstByteTimeoutMs: 30_000,
      drainMs: 30_000,
      keepMs: null,
      analysis: defaultAnalysis,
      sources: [],
      holdback: null,
      hooks: { smoke: [], beforeTraffic: [], after: [], onFailure: [] },
    }
    expect(config).toEqual({
      app: 'shop',
      build: {
        command: 'npm ci && npm run build',
        context: '.',
        dockerfile: 'Dockerfile',
        stage: null,
        args: {},
      },
      image: null,
      run: { command: 'node dist/server.js', port: null, graceMs: 10_000 },
      health: {
        startup: { path: '/readyz', periodMs: 5_000, timeoutMs: 1_000, failures: 30 },
        readiness: { path: '/readyz', periodMs: 10_000, timeoutMs: 1_000, failures: 2 },
        liveness: { path: '/livez', periodMs: 30_000, timeoutMs: 1_000, failures: 3 },
      },
      envSchema: './env.schema.yaml',
      environments: {
        staging: {
          ...shared,
          name: 'staging',
          id: 'shop/staging',
          instances: 2,
          host: 'shop-staging.localhost',
          strategy: {
            kind: 'rolling',
            batch: { count: 1 },
            surge: { count: 1 },
            maxUnavailable: { count: 0 },
            analyzeMs: 10_000,
            progressDeadlineMs: 600_000,
          },
          keepWarmMs: 600_000,
          env: {},
        },
        production: {
          ...shared,
          name: 'production',
          id: 'shop/production',
          instances: 4,
          host: 'shop.localhost',
          strategy: {
            kind: 'canary',
            steps: [100, 500, 2_500, 5_000].map((weightBasisPoints) => ({
              weightBasisPoints,
              analyzeMs: 900_000,
              gate: false,
            })),
            scale: 'full',
            approve: false,
            progressDeadlineMs: 600_000,
          },
          keepWarmMs: 3_600_000,
          env: { LOG_LEVEL: 'info' },
        },
      },
      check: {
        tier: 'C',
        gate: false,
        coveragePercent: 80,
        stateful: null,
        attestations: 'ops/attestations.yaml',
        notApplicable: {},
        lenient: {},
      },
      preview: {
        like: 'staging',
        host: null,
        instances: 1,
        keepMs: 604_800_000,
        limit: 10,
        env: {},
      },
      keepReleases: 5,
      data: ['uploads'],
    })
  })

  it('needs no more than a name and a command, and is then one environment called production', () => {
    const { environments, health } = parseConfig(small, '/srv/shop')
    expect(Object.keys(environments)).toEqual(['production'])
    expect(environments.production).toMatchObject({
      instances: 2,
      host: 'shop-production.localhost',
      strategy: null,
      keepWarmMs: 600_000,
    })
    expect(health.startup).toEqual({ periodMs: 5_000, timeoutMs: 1_000, failures: 30 })
  })

  it('reads margins as ratios and buckets, leaves metrics out, and adds some of the user', () => {
    const { environments } = parseConfig(
      `${small}environments:
  production:
    metrics: { prometheus: { url: 'http://prometheus:9090', tokenFile: token } }
    strategy:
      canary:
        steps: [10%, { weight: 50%, for: 10m }]
        analyze:
          profile: careful
          deadline: 2h
          metrics:
            errors: { margin: 25%, slack: 0.05% }
            p50: false
            p99: { margin: 50% }
            checkout: { source: prometheus, bad: 'f{r="$release"}', total: 't{r="$release"}', weight: 30 }
    after: { holdback: { weight: 2%, for: 30m } }
`,
      '/srv/shop',
    )
    const { analysis, sources, holdback, strategy } = environments.production!
    expect(analysis).toMatchObject({ alpha: 0.00075, deadlineMs: 7_200_000, minBakeMs: 1_800_000 })
    expect(analysis.metrics.map(({ id, weight }) => [id, weight])).toEqual([
      ['errors', 0.4],
      ['clientErrors', 0.1],
      ['p99', 0.25],
      ['p95', 0.15],
      ['checkout', 0.3],
    ])
    expect(analysis.metrics[0]!.rollback).toEqual({ theta0: 1.25, delta: 5e-4, buckets: 0 })
    expect(analysis.metrics[0]!.promote).toEqual(standardMetrics.errors.promote)
    expect(analysis.metrics[2]!.rollback).toEqual({ theta0: 1, delta: 0, buckets: 19 })
    expect(sources).toEqual([
      {
        name: 'prometheus',
        server: { url: 'http://prometheus:9090', tokenFile: '/srv/shop/token', timeoutMs: 5_000 },
        queries: [{ metric: 'checkout', bad: 'f{r="$release"}', total: 't{r="$release"}' }],
      },
    ])
    expect(holdback).toEqual({ basisPoints: 200, forMs: 1_800_000 })
    expect(strategy).toMatchObject({ steps: [{ analyzeMs: 6_600_000 }, { analyzeMs: 600_000 }] })
  })

  it('takes a section whose lines are all commented out as an empty one', () => {
    const config = parseConfig(
      `${small}health:\n  # path: /readyz\nenv:\nenvironments:\n  staging:\n`,
      '/srv/shop',
    )
    expect(config.environments.staging?.instances).toBe(2)
  })

  it('keeps variables as they are written, so that 1.10 does not become 1.1', () => {
    const text = `${small}env: { VERSION: 1.10, MASK: 0x1F, DEBUG: true, EMPTY: '' }\n`
    expect(parseConfig(text, '/srv/shop').environments.production?.env).toEqual({
      VERSION: '1.10',
      MASK: '0x1F',
      DEBUG: 'true',
      EMPTY: '',
    })
  })

  it("lets an environment's variables win, and finds a secret's file from the folder of sluice.yaml", () => {
    const text = `${small}env: { A: top, B: top, KEY: { file: ./secrets/key } }\nenvironments: { production: { env: { B: own } } }\n`
    expect(parseConfig(text, '/srv/shop').environments.production?.env).toEqual({
      A: 'top',
      B: 'own',
      KEY: { file: '/srv/shop/secrets/key' },
    })
  })

  it('reads the options of each strategy', () => {
    const text = `${small}environments:
  a: { strategy: { rolling: { batch: 25%, surge: 0, maxUnavailable: 2, analyze: { for: 1m }, progressDeadline: 5m } } }
  b: { strategy: { blue-green: { smoke: [npm run smoke, { command: [curl, -f, x], timeout: 10s }], bake: 1m, approve: true } } }
  c: { strategy: { canary: { steps: [5%, { weight: 12.5%, for: 2m, gate: true }], analyze: { for: 10s }, scale: match-weight } } }
  d: { strategy: { recreate: { progressDeadline: 1m } } }
  e: { strategy: { rolling: { batch: 3 } } }
`
    const { a, b, c, d, e } = parseConfig(text, '/srv/shop').environments
    expect(a?.strategy).toEqual({
      kind: 'rolling',
      batch: { basisPoints: 2_500 },
      surge: { count: 0 },
      maxUnavailable: { count: 2 },
      analyzeMs: 60_000,
      progressDeadlineMs: 300_000,
    })
    expect(b?.strategy).toEqual({
      kind: 'blue-green',
      bakeMs: 60_000,
      approve: true,
      progressDeadlineMs: 600_000,
    })
    expect(b?.hooks.smoke).toEqual([
      { command: 'npm run smoke', timeoutMs: 300_000 },
      { command: ['curl', '-f', 'x'], timeoutMs: 10_000 },
    ])
    expect(c?.strategy).toEqual({
      kind: 'canary',
      steps: [
        { weightBasisPoints: 500, analyzeMs: 10_000, gate: false },
        { weightBasisPoints: 1_250, analyzeMs: 120_000, gate: true },
      ],
      scale: 'match-weight',
      approve: false,
      progressDeadlineMs: 600_000,
    })
    expect(e?.strategy).toMatchObject({ batch: { count: 3 }, surge: { count: 3 } })
    expect(d?.strategy).toEqual({ kind: 'recreate', progressDeadlineMs: 60_000 })
  })

  it('reads hosts in lower case, sticky by header, and sizes', () => {
    const text = `${small}environments: { production: { host: Shop.Example.com, path: /api, sticky: { header: X-User }, maxBody: 10mb } }\n`
    expect(parseConfig(text, '/srv/shop').environments.production).toMatchObject({
      host: 'shop.example.com',
      path: '/api',
      sticky: { header: 'x-user' },
      maxBodyBytes: 10_485_760,
    })
  })

  it('lets an anchor stand for what is said twice', () => {
    const text = `${small}environments:\n  staging: &both { instances: 3 }\n  production: *both\n`
    expect(parseConfig(text, '/srv/shop').environments.production?.instances).toBe(3)
  })
})

describe('a wrong sluice.yaml', () => {
  it.each(['# nothing but a comment', 'null'])('says that it says nothing: %s', (text) => {
    expect(problemsOf(`${text}\n`)).toEqual(['sluice.yaml:1:1  wanted a map of keys; found nothing'])
  })

  it('is told with all its problems at once, in the order of the file', () => {
    const text = `app: Shop
run:
  cmd: node server.js
environments:
  production:
    replica: 3
    instances: 0
    strategy:
      canary:
        steps: [5%, 7]
        analyse: { deadline: 1h }
    env:
      PORT: 3000
      LIST: [1]
      EMPTY:
  Bad: {}
health:
  readiness: { path: readyz, period: 10 }
migrations: {}
instances: 4
`
    expect(problemsOf(text)).toEqual([
      'sluice.yaml:1:6  app: wanted a name of 1 to 40 lower-case letters, digits and single hyphens, starting with a letter; found "Shop"',
      'sluice.yaml:2:1  run.command is missing: wanted a command line such as "node server.js", or a list of its words',
      'sluice.yaml:3:3  unknown key "cmd" in run. Did you mean "command"?',
      'sluice.yaml:6:5  unknown key "replica" in environments.production. Did you mean "instances"?',
      'sluice.yaml:7:16  environments.production.instances: wanted a whole number from 1 to 100; found 0',
      'sluice.yaml:10:21  environments.production.strategy.canary.steps[1]: wanted a share such as 5%, or a map of weight, for and gate; found 7',
      'sluice.yaml:11:9  unknown key "analyse" in environments.production.strategy.canary. Did you mean "analyze"?',
      'sluice.yaml:13:7  environments.production.env.PORT: Sluice gives each instance a port of its own. For an app with a fixed port write run.port',
      'sluice.yaml:14:13  environments.production.env.LIST: wanted a value, or { file: … } for a secret; found a list',
      'sluice.yaml:15:7  environments.production.env.EMPTY: wanted a value, or { file: … } for a secret; found nothing',
      'sluice.yaml:16:3  environments: wanted a name of 1 to 40 lower-case letters, digits and single hyphens, starting with a letter; found "Bad"',
      'sluice.yaml:18:22  health.readiness.path: wanted a path such as /readyz; found "readyz"',
      'sluice.yaml:18:38  health.readiness.period: wanted a duration from 50ms to 1h, such as 500ms, 30s or 1h30m; found 10',
      'sluice.yaml:19:1  unknown key "migrations". Known here: app, build, image, run, health, env, environments, preview, check, keepReleases, data.',
      'sluice.yaml:20:1  unknown key "instances". It belongs in environments.<name>.',
    ])
  })

  it.each([
    ['replicas: 3', 'unknown key "replicas" in environments.production. Did you mean "instances"?'],
    ['domain: x.org', 'unknown key "domain" in environments.production. Did you mean "host"?'],
    ['instance: 3', 'unknown key "instance" in environments.production. Did you mean "instances"?'],
    [
      'first_byte_timeout: 3s',
      'unknown key "first_byte_timeout" in environments.production. Did you mean "firstByteTimeout"?',
    ],
    [
      'keepWarm: 1h',
      'unknown key "keepWarm" in environments.production. It belongs in environments.<name>.after.',
    ],
    [
      'strategy: { canary: { analyze: { metrics: { checkout: { margin: 5% } } } } }',
      'environments.production.strategy.canary.analyze.metrics.checkout: "checkout" is none of the router\'s metrics (errors, clientErrors, p99, p95, p50), so it needs source, bad and total',
    ],
    [
      'strategy: { canary: { analyze: { metrics: { errors: { bad: x } } } } }',
      'environments.production.strategy.canary.analyze.metrics.errors: "errors" is counted by the router. Give your own metric another name',
    ],
    [
      'strategy: { canary: { analyze: { metrics: { checkout: { source: prometheus, bad: x, total: y } } } } }',
      'environments.production.strategy.canary.analyze.metrics.checkout: "checkout" comes from prometheus, and no such server is given. Add metrics.prometheus.url to the environment',
    ],
    [
      'after: { holdback: { weight: 30% } }',
      'environments.production.after.holdback.weight: wanted a share of at most 20%; found "30%"',
    ],
    [
      'constructor: 3',
      'unknown key "constructor" in environments.production. Known here: env, target, router, container, instances, host, path, sticky, maxBody, firstByteTimeout, drain, strategy, after, metrics, hooks.',
    ],
    [
      'strategy: cannary',
      'environments.production.strategy: wanted a strategy: one of rolling, blue-green, canary, recreate, or a map of one of them to its options; found "cannary". Did you mean "canary"?',
    ],
    [
      'strategy: [canary]',
      'environments.production.strategy: wanted a strategy: one of rolling, blue-green, canary, recreate, or a map of one of them to its options; found a list',
    ],
    [
      'strategy: {}',
      'environments.production.strategy: no strategy is named. Name one of rolling, blue-green, canary, recreate',
    ],
    [
      'strategy: { rolling: {}, canary: {} }',
      'environments.production.strategy: an environment has one strategy, and here are 2: rolling, canary',
    ],
    [
      'strategy: { rolling: { surge: 0 } }',
      'environments.production.strategy.rolling.surge: with surge 0 and maxUnavailable 0 no instance could ever be replaced. Raise one of them',
    ],
    [
      'strategy: { rolling: { batch: 0% } }',
      'environments.production.strategy.rolling.batch: wanted a number of instances such as 2, or a share of them such as 25%; found "0%"',
    ],
    [
      'strategy: { canary: { steps: [5%, 5%] } }',
      'environments.production.strategy.canary.steps[1]: a step has to give the candidate more traffic than the step before it',
    ],
    [
      'strategy: { canary: { steps: [100%] } }',
      'environments.production.strategy.canary.steps[0]: wanted a share between 0% and 100%, such as 5% or 12.5%; found "100%"',
    ],
    [
      'strategy: { canary: { analyze: { for: 20m } } }',
      'environments.production.strategy.canary.steps: the steps together are watched for longer than analyze.deadline allows. Raise it, or shorten the steps',
    ],
    [
      'target: dokcer',
      'environments.production.target: wanted one of process, docker, swarm; found "dokcer". Did you mean "docker"?',
    ],
    [
      'host: "http://shop.example.com"',
      'environments.production.host: wanted a host name without scheme and port, such as shop.example.com; found "http://shop.example.com"',
    ],
    [
      'host: preview--shop.org',
      'environments.production.host: host names that start with preview-- are kept for preview addresses',
    ],
    [
      `host: ${'a'.repeat(60)}.org`,
      `environments.production.host: "${'a'.repeat(60)}" is longer than 54 characters, which leaves no room for the preview address. Give a shorter host`,
    ],
    [
      'path: /api/',
      'environments.production.path: wanted a path without a slash at its end, such as / or /api; found "/api/"',
    ],
    [
      'path: /a/../b',
      'environments.production.path: wanted a path without a slash at its end, such as / or /api; found "/a/../b"',
    ],
    ['sticky: maybe', 'environments.production.sticky: wanted true, false or { header: … }; found "maybe"'],
    ['maxBody: 10', 'environments.production.maxBody: wanted a size such as 500kb or 10mb; found 10'],
    [
      'drain: 30',
      'environments.production.drain: wanted a duration from 0s to 1h, such as 500ms, 30s or 1h30m; found 30',
    ],
    [
      'drain: 2h',
      'environments.production.drain: wanted a duration from 0s to 1h, such as 500ms, 30s or 1h30m; found "2h"',
    ],
    [
      'hooks: { after: npm test }',
      'environments.production.hooks.after: wanted a list of commands; found "npm test"',
    ],
    [
      'hooks: { after: [{ command: x, timeout: 1 }] }',
      'environments.production.hooks.after[0].timeout: wanted a duration from 100ms to 1d, such as 500ms, 30s or 1h30m; found 1',
    ],
    [
      'env: { schema: x.yaml }',
      'environments.production.env.schema: one schema holds for all environments. Write it in env at the top level',
    ],
    [
      'env: { SLUICE_HOME: x }',
      'environments.production.env.SLUICE_HOME: names that start with SLUICE_ are given by Sluice',
    ],
    [
      'env: { my-var: x }',
      'environments.production.env.my-var: a variable is named by letters, digits and _, not starting with a digit',
    ],
  ])('explains %s', (line, problem) => {
    const lines = problemsOf(`${small}environments:\n  production:\n    ${line}\n`)
    expect(lines.map((text) => text.replace(/^sluice\.yaml:5:\d+ {2}/, ''))).toEqual([problem])
  })

  it.each([
    [
      'build: { file: Dockerfile }',
      'sluice.yaml:3:10  unknown key "file" in build. Known here: command, context, dockerfile, stage, args.',
    ],
    [
      'data: [../uploads]',
      'sluice.yaml:3:8  data[0]: wanted a path inside the folder, such as ./uploads; found "../uploads"',
    ],
    [
      'data: [/var/lib]',
      'sluice.yaml:3:8  data[0]: wanted a path inside the folder, such as ./uploads; found "/var/lib"',
    ],
    [
      'environments: {}',
      'sluice.yaml:3:1  environments: wanted at least one environment, such as production; found an empty map',
    ],
    ['app: again', 'sluice.yaml:3:1  key "app" is written twice. Keep one of them'],
    [
      'env: *nowhere',
      'sluice.yaml:3:6  alias without an anchor before it. Text that starts with * needs quotes',
    ],
    ['env: &self { A: *self }', 'sluice.yaml:3:17  alias inside its own anchor'],
    ['__proto__: { app: x }', 'sluice.yaml:3:1  unknown key "__proto__"'],
    [
      'data: [a',
      'sluice.yaml:4:1  is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['env: !secret x', 'sluice.yaml:3:6  unknown tag. Text that starts with ! needs quotes'],
    ['---\napp: b', 'sluice.yaml:3:1  one document was wanted, 2 found. Take out what follows the line ---'],
    [
      '---\napp: b\n---\napp: c',
      'sluice.yaml:3:1  one document was wanted, 3 found. Take out what follows the line ---',
    ],
    [
      'environments: { a: { host: x.org }, b: { host: X.org } }',
      'sluice.yaml:3:48  environments.b.host: host and path are the same as those of environments.a. Give one of them another host or path',
    ],
  ])('explains %s', (line, problem) => {
    expect(problemsOf(`${small}${line}\n`)).toEqual([problem])
  })

  it.each([
    ['environments:\n  production:\n    instances: 3\n', '5:16', 3],
    ['environments:\n  production: {}\n', '4:3', 2],
    ['', '1:1', 2],
  ])(
    'wants one instance where the app owns its port, before anything moves: %j',
    (environments, at, count) => {
      const text = `app: shop\nrun: { command: node server.js, port: 3000 }\n${environments}`
      expect(problemsOf(text)).toEqual([
        `sluice.yaml:${at}  environments.production.instances: only one copy can have run.port (3000) on a machine, and ${count} are wanted. Write instances: 1, or leave run.port out and let the app listen on PORT`,
      ])
      const single = 'environments: { production: { instances: 1 } }'
      expect(problemsOf(`app: shop\nrun: { command: node server.js, port: 3000 }\n${single}\n`)).toEqual([])
    },
  )

  it('is never answered with the value of a variable, which may be a secret', () => {
    const told = [
      `${small}env: { KEY: [hunter2] }\n`,
      `${small}env: { KEY: { file: [hunter2] } }\n`,
      `${small}env: hunter2\n`,
      `${small}env:\n  KEY: "x\n hunter2\n`,
      `${small}env: { KEY: x } hunter2\n`,
      `${small}env: { KEY: !hunter2 x }\n`,
      `${small}env: { KEY: *hunter2 }\n`,
      `${small}env:\n  KEY: |hunter2\n`,
      `${small}env:\n  KEY: x\n hunter2\n`,
    ].flatMap(problemsOf)
    expect(told.length).toBeGreaterThanOrEqual(6)
    expect(told.join('\n')).not.toContain('hunter2')
  })

  it('is refused when its anchors would blow it up', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]']
    for (const [above, name] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg'].map((pair) => [...pair])) {
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${above}`).join(',')}]`)
    }
    expect(problemsOf(bomb.join('\n'))).toEqual([
      'sluice.yaml:1:1  repeats its anchors more than 100 times. Write fewer aliases',
    ])
  })

  it('is refused when it is nested without end', () => {
    expect(problemsOf('['.repeat(50_000)).length).toBeGreaterThan(0)
  })

  it('tells at most fifty problems', () => {
    const text = small + Array.from({ length: 80 }, (_, index) => `wrong${index}: 1\n`).join('')
    expect(problemsOf(text)).toHaveLength(51)
    expect(problemsOf(text).at(-1)).toBe('… and 30 more')
  })

  it('never breaks the reader: any change of a right file is read, or refused at a place that the file has', () => {
    const bits = [
      '',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '&a ',
      '*a',
      '#',
      '!',
      '%',
      '|',
      '0',
      'x',
      'null',
      '\t',
      '\u0000',
      '💧',
      '<<: ',
      '? ',
      '~',
    ]
    const change = fc.record({
      at: fc.nat({ max: example.length }),
      cut: fc.nat({ max: 12 }),
      put: fc.oneof(fc.constantFrom(...bits), fc.string({ maxLength: 6 })),
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let text = example
        for (const { at, cut, put } of changes) text = text.slice(0, at) + put + text.slice(at + cut)
        const lines = text.split('\n')
        for (const problem of problemsOf(text).filter((line) => !line.startsWith('… and'))) {
          const [, line, column] = /^sluice\.yaml:(\d+):(\d+) {2}\S/.exec(problem) ?? []
          expect(Number(line)).toBeGreaterThanOrEqual(1)
          expect(Number(line)).toBeLessThanOrEqual(lines.length)
          expect(Number(column)).toBeGreaterThanOrEqual(1)
          expect(Number(column)).toBeLessThanOrEqual(lines[Number(line) - 1]!.length + 1)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('a folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-config-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function refusalOf(path: string): Promise<SluiceError> {
    const error = await loadConfig(path).catch((thrown: unknown) => thrown)
    if (!(error instanceof SluiceError)) throw error
    return error
  }

  it('is read by the sluice.yaml in it', async () => {
    await writeFile(join(folder, 'sluice.yaml'), small)
    const { config, file } = await loadConfig(folder)
    expect(config.app).toBe('shop')
    expect(file).toBe(join(folder, 'sluice.yaml'))
  })

  it('without a sluice.yaml is answered with one to start from, which is right', async () => {
    const error = await refusalOf(folder)
    expect(error.code).toBe('CONFIG_MISSING')
    expect(error.exitCode).toBe(2)
    expect(error.message).toBe(`no sluice.yaml was found: ${join(folder, 'sluice.yaml')}`)
    const [heading, ...lines] = error.todo?.split('\n') ?? []
    expect(heading).toBe('Write one, for example:')
    expect(lines).toHaveLength(4)
    expect(parseConfig(lines.map((line) => line.slice(2)).join('\n'), folder).health.readiness.path).toBe(
      '/readyz',
    )
  })

  it('that is not there is answered alike', async () => {
    expect((await refusalOf(join(folder, 'nowhere'))).code).toBe('CONFIG_MISSING')
  })

  it.each([
    ['empty', Buffer.from(' \n'), /^sluice\.yaml is empty/],
    [
      'not UTF-8',
      Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]),
      /^sluice\.yaml cannot be read: it is not UTF-8 text/,
    ],
    [
      'larger than a megabyte',
      Buffer.alloc(1_048_577, 'a'),
      /^sluice\.yaml has 1048577 bytes; at most 1048576 are read/,
    ],
  ])('whose sluice.yaml is %s is refused', async (_, content, message) => {
    await writeFile(join(folder, 'sluice.yaml'), content)
    const error = await refusalOf(folder)
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message).toMatch(message)
  })

  it('whose sluice.yaml is a folder is refused', async () => {
    await mkdir(join(folder, 'sluice.yaml'))
    expect((await refusalOf(folder)).message).toBe(
      `sluice.yaml is not a file: ${join(folder, 'sluice.yaml')}`,
    )
  })
})
