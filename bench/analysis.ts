import { slower, unchanged, whole, worse } from './analysis/cells.ts'
import type { Judge } from './analysis/judged-hour.ts'
import { judgeAll } from './analysis/pool.ts'
import { errors, noChange } from './analysis/scenario.ts'
import { summariesOf } from './analysis/summary.ts'
import {
  type Found,
  falseRollbacks,
  percent,
  tableOfDetection,
  tableOfEndings,
  tableOfFalseRollbacks,
  winsOf,
} from './analysis/tables.ts'
import { tickCost, weighingCost } from './analysis/tick-cost.ts'
import { conditions, type Spread, written } from './paired.ts'

// Sluice's shipped rule beside the rules of others, written here from their descriptions, on the same seeded traffic.
// An hour with latencies costs ten times as much, so of those there are half as many.

const RUNS = Number(process.env.BENCH_RUNS ?? 60)
const SEED = Number(process.env.BENCH_SEED ?? 20_261_122)

/** Of the sequential test and the look at the deadline together. */
const alpha = 0.01
const microseconds = 5

/** Of counts that are there; and, for whoever wants to know, of everything from a router's counters to a verdict. */
const weighing = weighingCost()
const wholeTicks: [string, Spread][] = [
  ['errors at 100/10%', tickCost(noChange(0.01), 100, 0.1, SEED)],
  ['all metrics at 100/10%', tickCost({ ...noChange(0.01), slower: 1 }, 100, 0.1, SEED)],
  ['all metrics at 1000/50%', tickCost({ ...noChange(0.01), slower: 1 }, 1000, 0.5, SEED)],
]
const begun = performance.now()
const found = await judgeAll(SEED, ({ scenario }) => (scenario.slower === null ? RUNS : Math.ceil(RUNS / 2)))
const seconds = Math.round((performance.now() - begun) / 1_000)

console.log(
  `${conditions(new Date())}; ${RUNS} hours per cell, with latencies half as many, seed ${SEED}; took ${seconds} s\n`,
)
console.log(
  `${tableOfFalseRollbacks(unchanged, found)}\n\nMean over the cells of a row [the worst of them].\n`,
)
console.log(`${tableOfDetection([...worse, ...slower], unchanged, found)}\n`)
console.log(
  'Share, median/90th percentile in seconds, users harmed. (In brackets): rolls back the unchanged, too.',
)
console.log(`Fewest harmed, in cells: ${winsOf([...worse, ...slower], unchanged, found)}\n`)
console.log(`${tableOfEndings(whole, found)}\n`)
for (const line of [...boundsOf(found), speedOf(found), costOf(weighing), ...wholeTicks.map(wholeOf)])
  console.log(line)

function boundsOf(found: Found): string[] {
  return unchanged
    .filter(({ isPromised }) => isPromised)
    .map((row) => {
      const { mean, worst } = falseRollbacks(row, 'Sluice', found)
      const verdict = mean <= alpha ? 'met' : 'MISSED'
      const share = `${percent(mean, 2)}, worst cell ${percent(worst, 1)}`
      return `false rollbacks at most ${percent(alpha, 0)}, ${row.scenario.name}: ${verdict} (${share})`
    })
}

function speedOf(found: Found): string {
  const { name } = errors(0.01, 5)
  const cell = worse
    .find(({ scenario }) => scenario.name === name)!
    .cells.find(({ requestsPerSecond, share }) => requestsPerSecond === 100 && share === 0.1)!
  const summaries = summariesOf(found.get(cell)!)
  const median = (judge: Judge) => summaries[judge].median
  const isMet = median('Sluice') < 60 && median('Flagger') >= 300 && median('Argo') >= 300
  const seen = `${median('Sluice')} s beside ${median('Flagger')} s and ${median('Argo')} s`
  return `${name} at 100/10% seen within 60 s, fixed thresholds 300 s or more: ${isMet ? 'met' : 'MISSED'} (${seen})`
}

function costOf(cost: Spread): string {
  const verdict = cost.median < microseconds ? 'met' : 'MISSED'
  return `analysis under ${microseconds} µs per tick and metric: ${verdict} (${written(cost)})`
}

function wholeOf([what, cost]: [string, Spread]): string {
  return `from a router's counters to a verdict, ${what}: ${written(cost)} µs per tick and metric`
}
