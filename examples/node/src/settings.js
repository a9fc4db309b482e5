import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const readers = {
  PORT: integer({ from: 1, to: 65_535, otherwise: 3000 }),
  NODE_ENV: oneOf(['development', 'test', 'production'], 'development'),
  LOG_LEVEL: oneOf(['debug', 'info', 'warn', 'error'], 'info'),
  GREETING: text(),
  FAIL_SHARE: number({ from: 0, to: 1, otherwise: 0 }),
  START_DELAY_MS: integer({ from: 0, to: 600_000, otherwise: 0 }),
}

/** Everything the app is told from outside. Throws one error that names every wrong variable. */
export function readSettings(env) {
  const values = {}
  const problems = []
  for (const [name, read] of Object.entries(readers)) {
    try {
      // An empty variable counts as unset, or `GREETING=` would defeat its rule.
      values[name] = read(env[name] || undefined)
    } catch (error) {
      problems.push(`  ${name} ${error.message}`)
    }
  }
  if (problems.length > 0) throw new Error(`The environment is not usable:\n${problems.join('\n')}`)

  return Object.freeze({
    version,
    release: env.SLUICE_RELEASE || `v${version}`,
    instance: env.SLUICE_INSTANCE || `pid ${process.pid}`,
    port: values.PORT,
    mode: values.NODE_ENV,
    logLevel: values.LOG_LEVEL,
    greeting: values.GREETING,
    failShare: values.FAIL_SHARE,
    startDelayMs: values.START_DELAY_MS,
  })
}

function text() {
  return (value) => {
    if (value === undefined) throw new Error('must be set')
    return value
  }
}

function oneOf(known, otherwise) {
  return (value = otherwise) => {
    if (!known.includes(value)) throw new Error(`must be one of ${known.join(', ')}, found "${value}"`)
    return value
  }
}

function number({ from, to, otherwise }) {
  return (value = otherwise) => {
    const found = Number(value)
    if (!(found >= from && found <= to)) throw new Error(`must be ${from} to ${to}, found "${value}"`)
    return found
  }
}

function integer(range) {
  const read = number(range)
  return (value) => {
    const found = read(value)
    if (!Number.isInteger(found)) throw new Error(`must be a whole number, found "${value}"`)
    return found
  }
}
