import { pino } from 'pino'

// What must not be in a log wherever somebody puts it; the request log itself names no header, no query and no body.
const secretKeys = ['authorization', 'cookie', 'email', 'password', 'token']

/** One JSON object per line on stdout, which whoever runs the app collects. `bound` is repeated in each line. */
export function createLog({ level, ...bound }, stream) {
  return pino(
    {
      level,
      base: bound,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
    },
    stream ?? pino.destination(1),
  )
}
