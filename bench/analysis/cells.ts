import type { Cell } from './judged-hour.ts'
import { bursts, errors, latency, noChange, outage, rampAndDrift, type Scenario } from './scenario.ts'

/** A scenario at every traffic. */
export interface Row {
  scenario: Scenario
  cells: Cell[]
  /** Less than the bound of alpha is promised for it. */
  isPromised: boolean
}

const traffics = [10, 100, 1000].flatMap((requestsPerSecond) =>
  [0.01, 0.1, 0.5].map((share) => ({ requestsPerSecond, share })),
)

/** Nothing is wrong with the candidate. */
export const unchanged: Row[] = [
  ...[0, 0.001, 0.01, 0.05].map((baseline) => row(noChange(baseline))),
  row(latency(1)),
  row(outage(300, 0)),
  row(outage(300, 5)),
  row(outage(300, 10, true)),
  row(outage(300, 10)),
  row(outage(30, 0)),
  row(outage(30, 5)),
  row(outage(30, 10)),
  row(outage(10, 5)),
  row(outage(10, 10)),
  row(bursts('phi')),
  row(bursts('client-windows')),
  { ...row(bursts('none')), isPromised: false },
  {
    ...row(rampAndDrift()),
    cells: [10, 100, 1000].map((requestsPerSecond) => cell(rampAndDrift(), requestsPerSecond, 0)),
  },
]

/** The candidate fails more often. */
export const worse: Row[] = [0.001, 0.01].flatMap((baseline) =>
  [1.5, 2, 5, 20].map((times) => row(errors(baseline, times))),
)

/** The candidate is slower. */
export const slower: Row[] = [1.2, 1.5, 2].map((times) => row(latency(times)))

/** All metrics at once at 100 requests/s and 10 %, where Sluice may also find the candidate good. */
export const whole: Row[] = [
  noChange(0.001),
  noChange(0.01),
  errors(0.001, 1.5),
  errors(0.001, 2),
  errors(0.001, 5),
  errors(0.01, 1.5),
  errors(0.01, 2),
].map((scenario) => {
  const named = { ...scenario, name: `${scenario.name}, all metrics`, slower: 1 }
  return { ...row(named), cells: [cell(named, 100, 0.1)] }
})

export const allCells: Cell[] = [...slower, ...whole, ...unchanged, ...worse].flatMap(({ cells }) => cells)

/** `1% x5 100/10%`: tells cells apart, and the same name and seed give the same hours. */
export function nameOf({ scenario, ...traffic }: Cell): string {
  return `${scenario.name} ${trafficOf(traffic)}`
}

/** Requests per second of both arms together, and the candidate's share of them. */
export function trafficOf({ requestsPerSecond, share }: Pick<Cell, 'requestsPerSecond' | 'share'>): string {
  return `${requestsPerSecond}/${Math.round(share * 100)}%`
}

function row(scenario: Scenario): Row {
  const cells = traffics.map(({ requestsPerSecond, share }) => cell(scenario, requestsPerSecond, share))
  return { scenario, cells, isPromised: true }
}

function cell(scenario: Scenario, requestsPerSecond: number, share: number): Cell {
  return { scenario, requestsPerSecond, share }
}
