import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  compareFigure,
  conditions,
  type Paired,
  type Runs,
  runPaired,
  spreadOf,
  tableOf,
  written,
} from './paired.ts'
import type { Contender } from './proxy/contender.ts'
import { cpuSeconds, loadCores, loadIdleSeconds, pin, proxyCores } from './proxy/cores.ts'
import { openEmbedded } from './proxy/embedded.ts'
import { generator } from './proxy/generator.ts'
import { openPeer, peers } from './proxy/peers.ts'
import { isInstalled } from './proxy/program.ts'
import { openUpstream } from './proxy/upstream.ts'

// Requests per second, and processor time per request, of the embedded router and of proxies that everybody knows. Each
// has the same core to itself in turn, in front of the same apps, under the same load from the other cores.

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3)
const CONNECTIONS = 64

/** What ours has to reach, in its requests per second over the peer's. */
const targets: Record<string, number> = { haproxy: 0.75, caddy: 2.5 }

interface Measured {
  requestsPerSecond: number
  cpuMicroseconds: number
  /** Share of the load's cores that nobody used: near 0 the load is what is measured. */
  loadIdle: number
}

const load = generator()

if (!isInstalled('taskset')) {
  console.error('wanted taskset (Linux, util-linux) to give each proxy one core, and it is not there')
  process.exit(1)
}
await pin(process.pid, loadCores)
await using ending = new AsyncDisposableStack()
const folder = await mkdtemp(join(tmpdir(), 'bench-'))
ending.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }))
const upstream = await openUpstream(folder)
ending.defer(upstream.close)
const embedded = await openEmbedded(folder, upstream, 1)
ending.defer(embedded.close)

const found: Runs<Measured>[] = []
for (const peer of peers) {
  if (isInstalled(peer.program)) found.push(await beside(await openPeer(peer, folder, upstream)))
  else console.log(`skipped: ${peer.name}, which is not installed`)
}
found.push(await beside(await openEmbedded(folder, upstream, 2)))
print(found)

async function beside(peer: Contender): Promise<Runs<Measured>> {
  try {
    return await runPaired({ ours: sideOf(embedded), peer: sideOf(peer), rounds: ROUNDS })
  } finally {
    await peer.close()
  }
}

function sideOf(contender: Contender) {
  return { name: contender.name, run: () => measure(contender) }
}

async function measure({ port, pids }: Contender): Promise<Measured> {
  const startedMs = performance.now()
  const before = { cpu: cpuSeconds(pids), idle: loadIdleSeconds() }
  const requestsPerSecond = await load.run(port, CONNECTIONS, SECONDS)
  const wallSeconds = (performance.now() - startedMs) / 1000
  return {
    requestsPerSecond,
    cpuMicroseconds: ((cpuSeconds(pids) - before.cpu) * 1e6) / (requestsPerSecond * SECONDS),
    loadIdle: (loadIdleSeconds() - before.idle) / wallSeconds,
  }
}

function print(found: Runs<Measured>[]): void {
  const throughput = found.map((runs) => compareFigure(runs, 'req/s', (run) => run.requestsPerSecond))
  const cost = found.map((runs) => compareFigure(runs, 'CPU µs/req', (run) => run.cpuMicroseconds))
  console.log(
    `${conditions(new Date())}; ${ROUNDS} rounds of ${SECONDS} s; ${CONNECTIONS} connections, 100-byte bodies; ` +
      `proxy on core ${proxyCores}, ${load.name} and apps in ${upstream.madeOf} on ${loadCores}\n`,
  )
  console.log(`${tableOf(throughput)}\n\n${tableOf(cost)}\n`)
  for (const runs of found) console.log(idleOf(runs))
  if (!load.isRepresentative) {
    console.log(`${load.name} is slower than the proxies, so this says nothing of the targets: install wrk`)
    return
  }
  throughput.forEach((paired, index) => {
    const target = targets[paired.peer.name]
    if (target !== undefined) console.log(verdictOf(paired, cost[index]!, target))
  })
}

// While the load's cores are full, the load decides how fast the fastest proxies are; processor time tells them apart.
function verdictOf({ ours, peer, ratio }: Paired, cost: Paired, target: number): string {
  const verdict = ratio.median >= target ? 'met' : 'MISSED'
  const byCost = (1 / cost.ratio.median).toFixed(2)
  return `${ours.name} at least ${target} × ${peer.name}: ${verdict} (${written(ratio)}); by processor time ${byCost}`
}

function idleOf({ ours, peer }: Runs<Measured>): string {
  const idle = (runs: Measured[]) => written(spreadOf(runs.map((run) => run.loadIdle * 100)))
  return `idle share of the load's cores, %: ${ours.name} ${idle(ours.runs)}, ${peer.name} ${idle(peer.runs)}`
}
