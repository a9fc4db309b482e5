import type { Routing } from '../core/effect.ts'
import type { ReleaseId } from '../core/release.ts'
import type { Router } from '../routers/router.ts'
import type { Target } from '../targets/target.ts'
import type { Clock } from './clock.ts'

const lookAgainMs = 100

/**
 * Ends a release that was kept warm: first nothing in flight (cut at the deadline), then nothing left. Answers false
 * when it stopped before that because a rollout wants the environment; all of it may be done again.
 */
export async function retireWarm(given: {
  environment: string
  release: ReleaseId
  drainMs: number
  target: Target
  router: Router
  clock: Clock
  isWanted(): boolean
  routing(): Routing
  route(routing: Routing): Promise<void>
  scaleToNothing(): Promise<void>
}): Promise<boolean> {
  const { environment, release, target, clock } = given
  const leaving = { ...given.routing(), keep: { ...given.routing().keep, [release]: 0 } }
  await given.route(leaving)
  const deadline = clock.now() + given.drainMs
  while (given.isWanted() && clock.now() < deadline && (await isBusy(given))) await pause(clock)
  if (!given.isWanted()) return false
  if (await isBusy(given)) await given.route({ ...leaving, cut: [...leaving.cut, release] })
  await given.scaleToNothing()
  await target.forget(environment, release)
  const { [release]: _, ...keep } = leaving.keep
  await given.route({ ...leaving, keep, cut: leaving.cut.filter((one) => one !== release) })
  return true
}

async function isBusy(given: {
  environment: string
  release: ReleaseId
  target: Target
  router: Router
}): Promise<boolean> {
  const [seen, { inFlight }] = await Promise.all([
    given.target.observe(given.environment),
    given.router.observe(given.environment),
  ])
  const instances = seen.releases[given.release]?.instances ?? []
  return instances.some(({ id }) => (inFlight[id]?.requests ?? 0) + (inFlight[id]?.tunnels ?? 0) > 0)
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.at(clock.now() + lookAgainMs, resolve))
}
