import { setTimeout as sleep } from 'node:timers/promises'
import { createApp } from './app.js'
import { createLog } from './log.js'
import { readSettings } from './settings.js'

/** A little less than the grace that Sluice gives, so that the last word is ours and not SIGKILL. */
const FINISH_LIMIT_MS = 9_000

const settings = settingsOrExit()
const log = createLog(settings.logLevel, { release: settings.release, instance: settings.instance })

const app = createApp(settings, log)
process.once('SIGTERM', leave)
process.once('SIGINT', leave)

await sleep(settings.startDelayMs)
app.server.listen(settings.port, () => log.info('listening', { port: settings.port }))

function settingsOrExit() {
  try {
    return readSettings(process.env)
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}

// Sluice moves the traffic elsewhere before it sends SIGTERM, so what is left is only what has already begun.
async function leave(signal) {
  const startedAt = performance.now()
  log.info('leaving', { signal, inFlight: app.inFlight() })
  setTimeout(cut, FINISH_LIMIT_MS).unref()
  await app.finish()
  log.info('left', { ms: Math.round(performance.now() - startedAt) })
  process.exit(0)
}

function cut() {
  log.error('cut what was left', { inFlight: app.inFlight() })
  process.exit(1)
}
