import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../packages/sluice/src/host/free-port.ts'

/** What the example app needs to be told. */
export const appEnv = { NODE_ENV: 'production', LOG_LEVEL: 'warn', GREETING: 'Hello' }

const POLL_MS = 5
const LIMIT_MS = 20_000

/** From starting `count` copies of the app at once until each has answered its readiness with 200. */
export async function appStartMs(folder: string, count: number): Promise<number> {
  const ports = await Promise.all(Array.from({ length: count }, freePort))
  const startedMs = performance.now()
  const children = ports.map((port) => {
    const env = { PATH: process.env.PATH, ...appEnv, PORT: String(port) }
    return spawn(process.execPath, ['src/main.js'], { cwd: folder, env, stdio: 'ignore' })
  })
  try {
    await Promise.all(ports.map((port) => untilReady('127.0.0.1', port)))
    return performance.now() - startedMs
  } finally {
    await Promise.all(
      children.map(async (child) => {
        const gone = once(child, 'exit')
        if (child.kill()) await gone
      }),
    )
  }
}

/** Asks for the app's readiness until the answer is 200. */
export async function untilReady(host: string, port: number): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  while (!(await isReady(host, port))) {
    if (performance.now() > deadline)
      throw new Error(`the app was not ready on ${host}:${port} within ${LIMIT_MS} ms`)
    await sleep(POLL_MS)
  }
}

function isReady(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = get({ host, port, path: '/readyz', agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asking.on('error', () => resolve(false))
  })
}
