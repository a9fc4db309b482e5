import type { Engine } from '../../test/lab/engine.ts'
import { appEnv, untilReady } from './app-start.ts'
import { APP_PORT, done } from './shop-images.ts'

/** From `docker run` of `count` copies of the app at once until each has answered its readiness with 200. */
export async function containerStartMs(engine: Engine, image: string, count: number): Promise<number> {
  const env = Object.entries(appEnv).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const ids: string[] = []
  const startedMs = performance.now()
  try {
    await Promise.all(
      Array.from({ length: count }, async () => {
        const id = await done(engine, ['run', '--detach', ...env, image])
        ids.push(id)
        await untilReady(await addressOf(engine, id), APP_PORT)
      }),
    )
    return performance.now() - startedMs
  } finally {
    await done(engine, ['rm', '--force', ...ids])
  }
}

async function addressOf(engine: Engine, id: string): Promise<string> {
  const { body } = await engine.ask(`/containers/${id}/json`, { limitMs: 10_000 })
  return body.NetworkSettings.IPAddress
}
