import { cpus, loadavg, release } from 'node:os'

/** One of the two things compared. `run` gives one measurement: a number in the comparison's unit, or several figures. */
export interface Side<Run = number> {
  name: string
  run: () => Promise<Run>
}

export interface Sides<Run = number> {
  ours: Side<Run>
  peer: Side<Run>
  /** Each runs ours, peer, peer, ours, so that a machine that grows slower or faster favours neither. Default 7. */
  rounds?: number
}

export interface Comparison extends Sides {
  /** Of the measurements: `ms`, `req/s`. */
  unit: string
}

/** What both sides gave, two runs of each per round, in the order in which they ran. */
export interface Runs<Run> {
  ours: { name: string; runs: Run[] }
  peer: { name: string; runs: Run[] }
}

export interface Paired {
  unit: string
  ours: Measured
  peer: Measured
  /** Ours divided by the peer's, per round: the only figure that may be compared between machines. */
  ratio: Spread
}

export interface Measured extends Spread {
  name: string
}

export interface Spread {
  median: number
  lowest: number
  highest: number
}

/** Measures one figure of both sides in ABBA rounds, after one run of each that is thrown away. */
export async function comparePaired({ unit, ...sides }: Comparison): Promise<Paired> {
  return compareFigure(await runPaired(sides), unit, (figure) => figure)
}

/** Runs both sides in ABBA rounds, after one run of each that is thrown away. */
export async function runPaired<Run>({ ours, peer, rounds = 7 }: Sides<Run>): Promise<Runs<Run>> {
  await ours.run()
  await peer.run()
  const found: Runs<Run> = { ours: { name: ours.name, runs: [] }, peer: { name: peer.name, runs: [] } }
  for (let round = 0; round < rounds; round++) {
    found.ours.runs.push(await ours.run())
    found.peer.runs.push(await peer.run(), await peer.run())
    found.ours.runs.push(await ours.run())
  }
  return found
}

/** Compares one figure of runs that gave several. */
export function compareFigure<Run>(
  { ours, peer }: Runs<Run>,
  unit: string,
  figure: (run: Run) => number,
): Paired {
  const a = ours.runs.map(figure)
  const b = peer.runs.map(figure)
  const ratios = roundsOf(a).map((sum, round) => sum / roundsOf(b)[round]!)
  return {
    unit,
    ours: { name: ours.name, ...spreadOf(a) },
    peer: { name: peer.name, ...spreadOf(b) },
    ratio: spreadOf(ratios),
  }
}

// The two runs of a round, added.
function roundsOf(figures: readonly number[]): number[] {
  return figures.flatMap((figure, index) => (index % 2 === 0 ? [figure + figures[index + 1]!] : []))
}

/** A table for the terminal and for `bench/README.md` alike. */
export function tableOf(comparisons: readonly Paired[]): string {
  const rows = comparisons.map(({ unit, ours, peer, ratio }) => [
    `${ours.name} / ${peer.name}`,
    unit,
    written(ours),
    written(peer),
    written(ratio),
  ])
  const head = [
    'ours / peer',
    'unit',
    'ours: median (range)',
    'peer: median (range)',
    'ratio: median (range)',
  ]
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  )
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** What the figures depend on, for the line above a table. */
export function conditions(now: Date): string {
  const cores = cpus()
  const load = loadavg()[0]!.toFixed(1)
  const machine = `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown processor'}, load ${load}`
  return `${now.toISOString().slice(0, 10)}, ${machine}, ${process.platform} ${release()}, Node ${process.versions.node}`
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('nothing was measured')
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)]!
  const median = Number.isInteger(middle) ? (sorted[middle - 1]! + upper) / 2 : upper
  return { median, lowest: sorted[0]!, highest: sorted.at(-1)! }
}

/** `0.31 (0.28 to 0.4)`: median and range. */
export function written({ median, lowest, highest }: Spread): string {
  return `${shown(median)} (${shown(lowest)} to ${shown(highest)})`
}

/** Three digits say all that such a measurement knows; whole numbers above that stay whole. */
function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}
