const levels = ['level', 'severity', 'lvl', 'levelname', 'log.level', '@level', 'loglevel']
const times = ['time', 'timestamp', 'ts', '@timestamp', 't', 'datetime', 'asctime', '@t', 'date']
const messages = ['msg', 'message', 'event', '@message', '@m', '@mt', 'textpayload']

/** What keeps a line from being a record that a log platform can search; null where nothing does. */
export function gapOf(line: string): string | null {
  const record = objectIn(line)
  if (record === null) return 'no JSON'
  const has = (names: string[]) => Object.keys(record).some((key) => names.includes(key.toLowerCase()))
  const missing = [
    ...(has(levels) ? [] : ['level']),
    ...(has(times) ? [] : ['time']),
    ...(has(messages) ? [] : ['message']),
  ]
  return missing.length === 0 ? null : `no ${missing.join(', no ')}`
}

/** Whether a line is of what starts the app, and not of the app: npm's banner, and warnings of Node itself. */
export function isOfStarter(line: string): boolean {
  return /^\s*$|^> |^\$ |^\(node:\d+\) |^\(Use `node /.test(line)
}

function objectIn(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
