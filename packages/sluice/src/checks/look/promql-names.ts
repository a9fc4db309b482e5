const AGGREGATORS =
  /^(?:sum|min|max|avg|group|stddev|stdvar|count|count_values|bottomk|topk|quantile|limitk|limit_ratio)$/i
const KEYWORDS = /^(?:and|or|unless|bool|offset|atan2|inf|nan|start|end)$/i
/** What is followed by labels in brackets. */
const GROUPING = /^(?:by|without|on|ignoring|group_left|group_right)$/i

const TOKEN =
  /#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|\{|\[[^\]]*\]|[A-Za-z_:][\w:]*|\d[\w.]*|[^\s]/g

/**
 * The metrics that an expression in PromQL asks for, each once: neither functions, operators, labels nor what is in texts
 * (prometheus.io, querying/basics). A name in `{__name__="…"}` counts where it is written out.
 */
export function metricNames(expression: string): string[] {
  const tokens = expression.match(TOKEN) ?? []
  const names = new Set<string>()
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!
    if (token === '{') at = matchers(tokens, at, names)
    else if (GROUPING.test(token)) at = labels(tokens, at)
    else if (/^[A-Za-z_:]/.test(token) && isMetric(token, tokens[at + 1])) names.add(token)
  }
  return [...names]
}

function isMetric(token: string, next: string | undefined): boolean {
  if (next === '(' || KEYWORDS.test(token)) return false
  return !(AGGREGATORS.test(token) && next !== undefined && GROUPING.test(next))
}

// `{job="shop", __name__="up"}`
function matchers(tokens: string[], at: number, names: Set<string>): number {
  let end = at + 1
  for (; end < tokens.length && tokens[end] !== '}'; end++) {
    const text = tokens[end + 2]
    if (tokens[end] === '__name__' && tokens[end + 1] === '=' && text !== undefined && !text.startsWith('~'))
      names.add(text.slice(1, -1))
  }
  return end
}

// `by (le, job)`; `on` may stand without labels only before brackets, and `group_left` without any.
function labels(tokens: string[], at: number): number {
  if (tokens[at + 1] !== '(') return at
  const end = tokens.indexOf(')', at)
  return end === -1 ? tokens.length : end
}
