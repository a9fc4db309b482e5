import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 20 })
delay.enable()

// An app with a database or a cache asks them here: each check its own function, each with its own time limit.
const checks = {
  async eventLoop() {
    const delayMs = Math.round(delay.percentile(99) / 1e6)
    delay.reset()
    return { status: delayMs < 1000 ? 'ok' : 'failed', delayMs }
  },
  async memory() {
    const { rss, heapUsed } = process.memoryUsage()
    return { status: 'ok', rssMb: Math.round(rss / 1e6), heapMb: Math.round(heapUsed / 1e6) }
  },
}

const CHECK_LIMIT_MS = 1000

/** The detailed answer. Its checks run side by side, so one that hangs costs the others nothing. */
export async function detailedHealth({ version }) {
  const found = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await withinLimit(check)]),
  )
  return {
    status: found.every(([, { status }]) => status === 'ok') ? 'ok' : 'degraded',
    timestamp: new Date().toISOString(),
    version,
    uptime: Math.round(process.uptime()),
    checks: Object.fromEntries(found),
  }
}

async function withinLimit(check) {
  let timer
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, CHECK_LIMIT_MS, {
      status: 'failed',
      reason: `timeout after ${CHECK_LIMIT_MS} ms`,
    })
  })
  try {
    return await Promise.race([check(), limit])
  } catch (error) {
    return { status: 'failed', reason: error.message }
  } finally {
    clearTimeout(timer)
  }
}
