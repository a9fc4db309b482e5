import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RatioCounts } from '../../packages/sluice/src/core/counts.ts'
import { freePort } from '../../packages/sluice/src/host/free-port.ts'
import { openPrometheusSource } from '../../packages/sluice/src/metrics/prometheus.ts'
import type { MetricSource } from '../../packages/sluice/src/metrics/source.ts'
import { until } from './yard.ts'

const isMissing = spawnSync('prometheus', ['--version']).status !== 0
if (isMissing) console.log("skipped: counting with a real Prometheus needs Debian's package prometheus")

/** An app of two releases, each an instance, that shows its counters as Prometheus reads them. */
interface Exporter {
  port: number
  /** Adds to what a release has counted, in one moment. */
  count(release: string, more: { total: number; failed: number }): void
  /** Ends it, and starts it again with all counters at zero and these counts. */
  restart(counts: Counts): Promise<void>
  close(): Promise<void>
}
type Counts = Record<string, { total: number; failed: number }>

let folder: string
let exporter: Exporter
let prometheus: ChildProcess
let url: string
let log = ''

beforeAll(async () => {
  if (isMissing) return
  folder = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'))
  exporter = await startExporter({ r7: { total: 1_000, failed: 10 }, r8: { total: 100, failed: 0 } })
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  const scrape = { job_name: 'shop', static_configs: [{ targets: [`127.0.0.1:${exporter.port}`] }] }
  // JSON is YAML.
  const config = { global: { scrape_interval: '200ms', scrape_timeout: '200ms' }, scrape_configs: [scrape] }
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config))
  prometheus = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  prometheus.stderr!.setEncoding('utf8').on('data', (text) => {
    log += text
  })
  await until(isReady, 40_000)
})

afterAll(async () => {
  if (isMissing) return
  if (prometheus.exitCode === null) {
    const ended = once(prometheus, 'exit')
    prometheus.kill('SIGTERM')
    const limit = setTimeout(() => prometheus.kill('SIGKILL'), 20_000)
    await ended
    clearTimeout(limit)
  }
  await exporter.close()
  await rm(folder, { recursive: true, force: true })
})

const question = { environment: 'shop/production', releases: ['r8', 'r7'] }

it.skipIf(isMissing)('counts what Prometheus scrapes, through a restart of the app', async () => {
  const source = open('checkout_failed_total{release="$release"}', 'checkout_total{release="$release"}')
  const seen = new Set<string>()
  const read = async () => {
    const told = textOf((await source.read(question)).ratios)
    seen.add(told)
    return told
  }

  await until(async () => (await read()) === 'r8 0/100, r7 10/1000')
  exporter.count('r8', { total: 40, failed: 5 })
  await until(async () => (await read()) === 'r8 5/140, r7 10/1000')
  await exporter.restart({ r7: { total: 300, failed: 3 }, r8: { total: 20, failed: 2 } })
  await until(async () => (await read()) === 'r8 7/160, r7 13/1300')
  exporter.count('r7', { total: 1, failed: 1 })
  await until(async () => (await read()) === 'r8 7/160, r7 14/1301')

  // Failures and requests were never seen apart. Nothing is told before the first scrape, or while the app is away.
  expect([...seen].filter((told) => told !== '')).toEqual([
    'r8 0/100, r7 10/1000',
    'r8 5/140, r7 10/1000',
    'r8 7/160, r7 13/1300',
    'r8 7/160, r7 14/1301',
  ])
})

it.skipIf(isMissing)('writes names into a query so that Prometheus reads them as they are', async () => {
  const named = (quote: string) => `label_replace(vector(1), "a", ${quote}$app${quote}, "", "")`
  const asText = `count(${named('"')} == on(a) ${named("'")})`
  const environment = 'a"b\'c\\d\n`ü🙂/production'
  const { ratios } = await open(asText, asText).read({ environment, releases: ['r8'] })
  expect(ratios).toMatchObject([{ bad: 1, total: 1 }])
})

it.skipIf(isMissing)('tells what Prometheus says of a wrong query', async () => {
  await expect(open('sum(', 'vector(1)').read(question)).rejects.toMatchObject({
    code: 'METRIC_SOURCE_FAILED',
    message: expect.stringMatching(
      /^metric "checkout", bad of r[78]: .* answered 400 with bad_data: .*parse error/,
    ),
  })
})

function open(bad: string, total: string): MetricSource {
  return openPrometheusSource({
    server: { url, tokenFile: null, timeoutMs: 5_000 },
    queries: [{ metric: 'checkout', bad, total }],
  })
}

function textOf(ratios: RatioCounts[]): string {
  return ratios.map(({ release, bad, total }) => `${release} ${bad}/${total}`).join(', ')
}

async function isReady(): Promise<boolean> {
  if (prometheus.exitCode !== null) throw new Error(`Prometheus ended with ${prometheus.exitCode}: ${log}`)
  try {
    return (await fetch(`${url}/-/ready`)).ok
  } catch {
    return false
  }
}

async function startExporter(first: Counts): Promise<Exporter> {
  let counts = structuredClone(first)
  const port = await freePort()
  let server = await serve(port, () => exposition(counts))
  return {
    port,
    count(release, { total, failed }) {
      const now = counts[release]!
      counts = { ...counts, [release]: { total: now.total + total, failed: now.failed + failed } }
    },
    async restart(anew) {
      await end(server)
      counts = anew
      server = await serve(port, () => exposition(counts))
    },
    close: () => end(server),
  }
}

async function serve(port: number, page: () => string): Promise<Server> {
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(page()),
  )
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return server
}

async function end(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

// As client libraries do, a series of failures begins with the first one.
function exposition(counts: Counts): string {
  const releases = Object.entries(counts)
  const total = releases.map(([release, now]) => `checkout_total{release="${release}"} ${now.total}\n`)
  const failed = releases
    .filter(([, now]) => now.failed > 0)
    .map(([release, now]) => `checkout_failed_total{release="${release}"} ${now.failed}\n`)
  return [
    '# TYPE checkout_total counter\n',
    ...total,
    '# TYPE checkout_failed_total counter\n',
    ...failed,
  ].join('')
}
