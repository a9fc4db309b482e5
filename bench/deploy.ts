import { openYard, quick } from '../test/e2e/yard.ts'
import { appStartMs } from './deploy/app-start.ts'
import type { Deployment } from './deploy/deployment.ts'
import { findPm2 } from './deploy/pm2.ts'
import { openPm2Shop } from './deploy/pm2-shop.ts'
import { reportOf } from './deploy/report.ts'
import { type Measured, sluiceDeploy, startsOf } from './deploy/sluice-deploy.ts'
import { compareFigure, conditions, type Paired, type Runs, runPaired, written } from './paired.ts'

// From the command to the last answer of the old version, for an app that starts at once, beside what Node's own
// process manager takes to reload the same app. Both serve the same load meanwhile, and every lost request is counted.

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7)
const strategies = ['blue-green', 'rolling'] as const

await using ending = new AsyncDisposableStack()
const yard = await openYard()
ending.defer(yard.close)
const pm2 = await findPm2()
ending.defer(async () => pm2?.close())
const shop = pm2 === null ? null : await openPm2Shop(pm2.program)
ending.defer(async () => shop?.close())

const starts = startsOf((count) => appStartMs(yard.app, count))
const found: Runs<Deployment>[] = []
for (const strategy of strategies) {
  await yard.configure({ strategy: quick[strategy] })
  const ours = { name: `sluice ${strategy}`, run: () => deploy(strategy) }
  // Without the peer ours is compared with itself, which at least shows the machine's noise.
  const peer = shop === null ? ours : { name: 'pm2 reload', run: shop.reload }
  found.push(await runPaired({ ours, peer, rounds: ROUNDS }))
}
console.log(`${conditions(new Date())}; ${ROUNDS} rounds\n\n${reportOf(found)}`)
for (const runs of found) console.log(verdictOf(compareFigure(runs, 's', (run) => run.movedMs / 1000)))

/** Edits the yard's app and deploys it, with the strategy that its sluice.yaml names. */
function deploy(strategy: Measured): Promise<Deployment> {
  return sluiceDeploy(yard, {
    change: (from) => yard.edit(`after ${from}`),
    startMs: starts[strategy],
  })
}

function verdictOf({ ours, peer, ratio }: Paired): string {
  if (ours.name === peer.name) return `${ours.name}: no peer to compare with`
  return `${ours.name} not slower than ${peer.name}: ${ratio.median <= 1 ? 'met' : 'MISSED'} (${written(ratio)})`
}
