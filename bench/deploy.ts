import { openYard, quick } from '../test/e2e/yard.ts'
import type { Deployment } from './deploy/deployment.ts'
import { findPm2 } from './deploy/pm2.ts'
import { openPm2Shop } from './deploy/pm2-shop.ts'
import { sluiceDeploy } from './deploy/sluice-deploy.ts'
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

const found: Runs<Deployment>[] = []
for (const strategy of strategies) {
  await yard.configure({ strategy: quick[strategy] })
  const ours = { name: `sluice ${strategy}`, run: () => sluiceDeploy(yard, strategy) }
  // Without the peer ours is compared with itself, which at least shows the machine's noise.
  const peer = shop === null ? ours : { name: 'pm2 reload', run: shop.reload }
  found.push(await runPaired({ ours, peer, rounds: ROUNDS }))
}
print(found)

function print(found: Runs<Deployment>[]): void {
  const moved = found.map((runs) => compareFigure(runs, 's', (run) => run.movedMs / 1000))
  const command = found.map((runs) => compareFigure(runs, 's', (run) => run.commandMs / 1000))
  console.log(`${conditions(new Date())}; ${ROUNDS} rounds\n`)
  console.log(`Command to all traffic moved\n\n${tableOf(moved)}\n`)
  console.log(`Command to its end\n\n${tableOf(command)}\n`)
  for (const runs of found) console.log(`${ownTime(runs)}\n${lossOf(runs.ours)}\n${lossOf(runs.peer)}\n`)
  for (const paired of moved) console.log(verdictOf(paired))
}

/** What is left of the time until the traffic has moved when the app's own start is taken off. */
function ownTime({ ours }: Runs<Deployment>): string {
  const start = written(spreadOf(ours.runs.map((run) => run.startMs)))
  const own = spreadOf(ours.runs.map((run) => run.movedMs - run.startMs))
  const verdict = own.median < 1000 ? 'met' : 'MISSED'
  return `${ours.name}: its own time ${written(own)} ms beside ${start} ms in which the app started; under 1 s: ${verdict}`
}

function lossOf({ name, runs }: Runs<Deployment>['ours']): string {
  const sum = (figure: (run: Deployment) => number) => runs.reduce((total, run) => total + figure(run), 0)
  const lost = runs.flatMap((run) => run.lost)
  const more = lost.length === 0 ? '' : `, for example ${[...new Set(lost)].slice(0, 3).join('; ')}`
  const again = `${sum((run) => run.sentAgain)} GETs sent again as a browser would`
  return `${name}: ${lost.length} of ${sum((run) => run.sent)} requests lost in ${runs.length} deploys${more}; ${again}`
}

function verdictOf({ ours, peer, ratio }: Paired): string {
  if (ours.name === peer.name) return `${ours.name}: no peer to compare with`
  return `${ours.name} not slower than ${peer.name}: ${ratio.median <= 1 ? 'met' : 'MISSED'} (${written(ratio)})`
}
