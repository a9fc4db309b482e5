/** How much of the code a report says that tests ran. */
export interface Covered {
  lines: number
  covered: number
}

/** Reads a report by its form: lcov, Cobertura, Clover, Go's coverprofile, or JSON of Istanbul or coverage.py. Null where it is none of them. */
export function readCoverage(text: string): Covered | null {
  const start = text.trimStart()
  if (start.startsWith('mode:')) return goProfile(text)
  if (start.startsWith('<')) return xml(text)
  if (start.startsWith('{')) return json(text)
  return lcov(text)
}

// linux-test-project/lcov, geninfo(1): LF and LH are the sums of a file.
function lcov(text: string): Covered | null {
  if (!/^SF:/m.test(text)) return null
  const sum = (key: string) =>
    [...text.matchAll(new RegExp(`^${key}:(\\d+)`, 'gm'))].reduce((all, [, count]) => all + Number(count), 0)
  return found(sum('LF'), sum('LH'))
}

// go.dev/blog/cover: `file.go:1.2,3.4 statements count`; a block may be there once for each package that was tested.
function goProfile(text: string): Covered | null {
  const blocks = new Map<string, { statements: number; isRun: boolean }>()
  for (const [, place, statements, count] of text.matchAll(/^(\S+:\d+\.\d+,\d+\.\d+) (\d+) (\d+)\r?$/gm)) {
    const isRun = Number(count) > 0 || (blocks.get(place!)?.isRun ?? false)
    blocks.set(place!, { statements: Number(statements), isRun })
  }
  const all = [...blocks.values()]
  const sum = (some: typeof all) => some.reduce((total, { statements }) => total + statements, 0)
  return found(sum(all), sum(all.filter(({ isRun }) => isRun)))
}

function xml(text: string): Covered | null {
  // Of Cobertura and coverage.py; a file has elements of this name too, and the first is the whole.
  const cobertura = /<coverage\b([^>]*)>/.exec(text)?.[1] ?? ''
  const valid = attribute(cobertura, 'lines-valid')
  const covered = attribute(cobertura, 'lines-covered')
  if (valid !== null && covered !== null) return found(valid, covered)
  const rate = attribute(cobertura, 'line-rate')
  if (rate !== null) return found(10_000, Math.round(rate * 10_000))
  const clover = /<project\b[\s\S]*?<metrics\b([^>]*)>/.exec(text)?.[1] ?? ''
  return found(attribute(clover, 'statements') ?? 0, attribute(clover, 'coveredstatements') ?? 0)
}

function attribute(attributes: string, name: string): number | null {
  const value = new RegExp(`(?:^|\\s)${name}="([\\d.]+)"`).exec(attributes)?.[1]
  return value === undefined ? null : Number(value)
}

interface Report {
  total?: { lines?: { total?: number; covered?: number } }
  totals?: { num_statements?: number; covered_lines?: number }
}

function json(text: string): Covered | null {
  try {
    const { total, totals } = JSON.parse(text) as Report
    return found(
      total?.lines?.total ?? totals?.num_statements ?? 0,
      total?.lines?.covered ?? totals?.covered_lines ?? 0,
    )
  } catch {
    return null
  }
}

// A report of no lines is none.
function found(lines: number, covered: number): Covered | null {
  return Number.isFinite(lines) && lines > 0 ? { lines, covered } : null
}
