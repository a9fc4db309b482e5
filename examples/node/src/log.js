const levels = ['debug', 'info', 'warn', 'error']

/** One JSON object per line on stdout, which whoever runs the app collects. `bound` is repeated in each line. */
export function createLog(leastLevel, bound) {
  const least = levels.indexOf(leastLevel)
  const write = (level) => (message, more) => {
    if (levels.indexOf(level) < least) return
    process.stdout.write(
      `${JSON.stringify({ time: new Date().toISOString(), level, message, ...bound, ...more })}\n`,
    )
  }
  return Object.fromEntries(levels.map((level) => [level, write(level)]))
}
