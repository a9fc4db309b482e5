import { cpus, loadavg, release } from 'node:os'

/** One of the two things compared. `run` gives one measurement, in the comparison's unit. */
export interface Side {
  name: string
  run: () => Promise<number>
}

export interface Comparison {
  /** Of the measurements: `ms`, `req/s`. */
  unit: string
  ours: Side
  peer: Side
  /** Each runs ours, peer, peer, ours, so that a machine that grows slower or faster favours neither. Default 7. */
  rounds?: number
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

/** Measures both sides in ABBA rounds, after one run of each that is thrown away. */
export async function comparePaired({ unit, ours, peer, rounds = 7 }: Comparison): Promise<Paired> {
  await ours.run()
  await peer.run()
  const found = { ours: [] as number[], peer: [] as number[], ratios: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const a1 = await ours.run()
    const b1 = await peer.run()
    const b2 = await peer.run()
    const a2 = await ours.run()
    found.ours.push(a1, a2)
    found.peer.push(b1, b2)
    found.ratios.push((a1 + a2) / (b1 + b2))
  }
  return {
    unit,
    ours: { name: ours.name, ...spreadOf(found.ours) },
    peer: { name: peer.name, ...spreadOf(found.peer) },
    ratio: spreadOf(found.ratios),
  }
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

function written({ median, lowest, highest }: Spread): string {
  return `${shown(median)} (${shown(lowest)} to ${shown(highest)})`
}

/** Three digits say all that such a measurement knows; whole numbers above that stay whole. */
function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}
