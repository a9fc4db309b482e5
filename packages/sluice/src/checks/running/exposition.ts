/** One number of one series. */
export interface Sample {
  /** With its suffix: `http_request_duration_seconds_bucket`. */
  name: string
  labels: Record<string, string>
  value: number
}

/** What a scrape gave. */
export interface Exposition {
  /** By the name of the family, without suffix: `counter`, `histogram`, … */
  types: Map<string, string>
  samples: Sample[]
}

const NAME = /^[A-Za-z_:][\w:]*$/
const TYPES = /^(?:counter|gauge|histogram|gaugehistogram|summary|untyped|unknown|info|stateset)$/
const NUMBER = /^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|infinity|nan)$/i

/**
 * Reads metrics in the text format of Prometheus 0.0.4 or OpenMetrics 1.0 (prometheus.io, exposition_formats). What is of
 * neither gives a `problem`, with its line.
 */
export function readExposition(text: string): Exposition | { problem: string } {
  const types = new Map<string, string>()
  const samples: Sample[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const written = line.trim()
    if (written === '') continue
    if (written === '# EOF') break
    if (written.startsWith('#')) {
      const [, keyword, name, type = ''] = written.split(/\s+/)
      if (keyword !== 'TYPE') continue
      if (name === undefined || !TYPES.test(type)) return { problem: problemAt(index, line) }
      types.set(unquoted(name), type)
      continue
    }
    const sample = sampleOf(written)
    if (sample === null) return { problem: problemAt(index, line) }
    samples.push(sample)
  }
  return { types, samples }
}

/** The family that a sample belongs to: `x_seconds` for `x_seconds_count` of a histogram, `x` for `x_total` of a counter. */
export function familyOf(name: string, types: Map<string, string>): string {
  if (types.has(name)) return name
  const base = name.replace(/_(?:bucket|sum|count|total|created|info)$/, '')
  return types.has(base) ? base : name
}

// `name{a="b"} 1.5 1700000000 # {trace_id="…"} 1`: a time and an exemplar may follow.
function sampleOf(line: string): Sample | null {
  const open = /^([A-Za-z_:][\w:]*)?\s*\{/.exec(line)
  if (open === null) return bareSample(line)
  const read = labelsOf(line, open[0].length)
  if (read === null) return null
  const name = open[1] ?? read.name
  const value = numberIn(line.slice(read.end))
  return name === null || name === undefined || value === null ? null : { name, labels: read.labels, value }
}

function bareSample(line: string): Sample | null {
  const [name = ''] = line.split(/\s/, 1)
  const value = numberIn(line.slice(name.length))
  return NAME.test(name) && value !== null ? { name, labels: {}, value } : null
}

function numberIn(rest: string): number | null {
  const [value = '', time, ...more] = rest
    .replace(/\s#\s.*$/, '')
    .trim()
    .split(/\s+/)
  if (more.length > 0 || !NUMBER.test(value) || (time !== undefined && !NUMBER.test(time))) return null
  return /inf/i.test(value) ? (value.startsWith('-') ? -Infinity : Infinity) : Number(value)
}

const LABEL = /\s*(?:([A-Za-z_][\w.]*|"(?:\\.|[^"\\])*")\s*=\s*)?"((?:\\.|[^"\\])*)"\s*(,?)/y

// A text without `=` before it is the name of a metric that only fits into quotes.
function labelsOf(
  line: string,
  from: number,
): { labels: Record<string, string>; name: string | null; end: number } | null {
  const labels: Record<string, string> = {}
  let name: string | null = null
  let at = from
  for (;;) {
    const close = /\s*\}/y
    close.lastIndex = at
    if (close.test(line)) return { labels, name, end: close.lastIndex }
    LABEL.lastIndex = at
    const label = LABEL.exec(line)
    if (label === null) return null
    if (label[1] === undefined) name = label[2]!
    else labels[unquoted(label[1])] = label[2]!.replace(/\\n/g, '\n').replace(/\\(["\\])/g, '$1')
    at = LABEL.lastIndex
    if (label[3] === '' && !/^\s*\}/.test(line.slice(at))) return null
  }
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1) : text
}

function problemAt(index: number, line: string): string {
  return `line ${index + 1} is no metric: ${line.slice(0, 60)}`
}
