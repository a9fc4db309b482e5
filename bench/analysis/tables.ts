import { type Row, trafficOf } from './cells.ts'
import { type Cell, type Judge, type JudgedHour, judges } from './judged-hour.ts'
import { quantile, type Summary, summariesOf } from './summary.ts'

export type Found = Map<Cell, JudgedHour[]>

/**
 * A rule that rolls back more of a cell's unchanged candidates than this does not detect there: it guesses. The z-test
 * does so in a tenth of all hours, everywhere.
 */
const guessing = 0.05

/** Part of the unchanged candidates that were rolled back: mean over the cells of a row, and the worst of them. */
export function falseRollbacks({ cells }: Row, judge: Judge, found: Found): { mean: number; worst: number } {
  const shares = cells.map((cell) => summariesOf(found.get(cell)!)[judge].share)
  return { mean: shares.reduce((sum, share) => sum + share, 0) / shares.length, worst: Math.max(...shares) }
}

export function tableOfFalseRollbacks(rows: readonly Row[], found: Found): string {
  const head = ['nothing is wrong with the candidate', 'hours', ...judges]
  return markdown(
    head,
    rows.map((row) => [
      row.scenario.name,
      hoursOf(row, found),
      ...judges.map((judge) => {
        const { mean, worst } = falseRollbacks(row, judge, found)
        return `${percent(mean, 2)} [${percent(worst, 1)}]`
      }),
    ]),
  )
}

function hoursOf({ cells }: Row, found: Found): string {
  return cells.reduce((sum, cell) => sum + found.get(cell)!.length, 0).toLocaleString('en')
}

/** One line per cell; who harms fewest among those that see it and do not guess is in bold type. */
export function tableOfDetection(rows: readonly Row[], unchanged: readonly Row[], found: Found): string {
  const lines = rows.flatMap(({ scenario, cells }) =>
    cells.map((cell) => {
      const summaries = summariesOf(found.get(cell)!)
      const guesses = guessersOf(cell, unchanged, found)
      const best = bestOf(summaries, guesses)
      const written = judges.map((judge) => {
        const text = asText(summaries[judge])
        return guesses.includes(judge) ? `(${text})` : judge === best ? `**${text}**` : text
      })
      return [scenario.name, trafficOf(cell), ...written]
    }),
  )
  return markdown(['change', 'rps/w', ...judges], lines)
}

/** In how many cells each judge harms fewest. */
export function winsOf(rows: readonly Row[], unchanged: readonly Row[], found: Found): string {
  const winners = rows.flatMap(({ cells }) =>
    cells.map((cell) => bestOf(summariesOf(found.get(cell)!), guessersOf(cell, unchanged, found))),
  )
  const count = (judge: Judge | null) => winners.filter((winner) => winner === judge).length
  return [...judges.map((judge) => `${judge} ${count(judge)}`), `nobody ${count(null)}`].join(', ')
}

function guessersOf(
  { scenario, requestsPerSecond, share }: Cell,
  unchanged: readonly Row[],
  found: Found,
): Judge[] {
  const { cells } = unchanged.find(
    (row) =>
      row.scenario.baseline === scenario.baseline &&
      (row.scenario.slower === null) === (scenario.slower === null),
  )!
  const cell = cells.find((one) => one.requestsPerSecond === requestsPerSecond && one.share === share)!
  const summaries = summariesOf(found.get(cell)!)
  return judges.filter((judge) => judge === 'z-test' || summaries[judge].share > guessing)
}

function bestOf(summaries: Record<Judge, Summary>, guesses: readonly Judge[]): Judge | null {
  const able = judges.filter((judge) => !guesses.includes(judge) && summaries[judge].share >= 0.5)
  return able.reduce<Judge | null>(
    (best, judge) => (best === null || summaries[judge].harmed < summaries[best].harmed ? judge : best),
    null,
  )
}

/** Sluice to its own end: a candidate that was found good before is not rolled back any more. */
export function tableOfEndings(rows: readonly Row[], found: Found): string {
  const head = ['100 rps, 10 %, all metrics', 'hours', 'rolled back', 'median s', 'found good', 'median s']
  return markdown(
    head,
    rows.map(({ scenario, cells }) => {
      const hours = found.get(cells[0]!)!
      const good = hours.map(({ foundGoodAt }) => foundGoodAt ?? Infinity)
      const back = hours.map(({ decisions, foundGoodAt }) =>
        foundGoodAt === null ? (decisions.Sluice.rolledBackAt ?? Infinity) : Infinity,
      )
      return [scenario.name.split(',')[0]!, String(hours.length), ...ending(back), ...ending(good)]
    }),
  )
}

function ending(times: number[]): string[] {
  const reached = times.filter(Number.isFinite).sort((a, b) => a - b)
  return [
    percent(reached.length / times.length, 0),
    reached.length === 0 ? '-' : String(quantile(reached, 0.5)),
  ]
}

/** `100% 45/85, 18`: share, median and 90th percentile in seconds, users harmed. */
function asText({ share, median, p90, harmed }: Summary): string {
  const shown = (seconds: number) => (Number.isFinite(seconds) ? String(seconds) : '-')
  const times = Number.isFinite(median) ? ` ${shown(median)}/${shown(p90)}` : ''
  return `${percent(share, 0)}${times}, ${Math.round(harmed).toLocaleString('en')}`
}

export function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)}%`
}

function markdown(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, i) => text.padEnd(widths[i]!)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
