import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { onTestFinished } from 'vitest'
import { openTrial } from './open-trial.ts'
import type { Dependency, Ended, PrintedLine, RunningApp, StartWith, Trial } from './trial.ts'

/** An app that lives in the test itself, and answers over a real socket. */
export interface SmallApp {
  answer: RequestListener
  /** What it prints; lines may be pushed while it runs. */
  printed?: string[]
  /** What happens when it is told to end, before it is gone; what it resolves to is how it ended. Code 0 at once by default. */
  end?: (server: ReturnType<typeof createServer>) => Promise<Partial<Ended>>
  /** Why it does not start that way; null where it does. */
  refuses?: (options: StartWith) => { code: number; says: string } | null
  dependencies?: Dependency[]
  plainEnv?: Record<string, string>
  readyAfterMs?: number
}

/** A trial of such an app, as long as the test runs. */
export function trialOf(small: SmallApp): Trial {
  const lines = (): PrintedLine[] => (small.printed ?? []).map((line) => ({ stream: 'stdout', line }))
  const trial = openTrial({
    dependencies: small.dependencies ?? [],
    plainEnv: small.plainEnv ?? {},
    async start(options) {
      const refusal = small.refuses?.(options) ?? null
      if (refusal !== null) {
        const printed: PrintedLine[] = [{ stream: 'stderr', line: refusal.says }]
        const ended = { code: refusal.code, signal: null, afterMs: 20 }
        return { isReady: false, ended, printed, afterMs: 20, why: `it ended with exit code ${refusal.code}` }
      }
      return { isReady: true, app: await run(small, lines) }
    },
  })
  onTestFinished(() => trial.close())
  return trial
}

async function run(small: SmallApp, printed: () => PrintedLine[]): Promise<RunningApp> {
  const server = createServer(small.answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  let isRunning = true
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    readyAfterMs: small.readyAfterMs ?? 100,
    printed,
    isRunning: () => isRunning,
    async stop() {
      const how = (await small.end?.(server)) ?? {}
      isRunning = false
      server.closeAllConnections()
      server.close()
      return { code: 0, signal: null, afterMs: 10, ...how }
    },
  }
}
