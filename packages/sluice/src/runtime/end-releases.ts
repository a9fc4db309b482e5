import type { Routing } from '../core/effect.ts'
import type { ReleaseId } from '../core/release.ts'
import type { Router } from '../routers/router.ts'
import type { Target } from '../targets/target.ts'
import { type Clock, until } from './clock.ts'

const lookAgainMs = 100

/** What it takes to end releases of an environment outside a rollout. */
export interface Ending {
  environment: string
  releases: ReleaseId[]
  /** What the router does meanwhile; none of the releases has a share in it. */
  routing: Routing
  drainMs: number
  target: Pick<Target, 'observe' | 'changed' | 'forget'>
  router: Pick<Router, 'observe'>
  clock: Clock
  /** False once something else wants the environment. */
  isWanted(): boolean
  route(routing: Routing): Promise<void>
  scaleToNothing(release: ReleaseId): Promise<void>
}

/**
 * Ends releases that no longer serve: first nothing in flight (cut at the deadline), then nothing left. Answers false
 * when it stopped before that because something else wants the environment; all of it may be done again.
 */
export async function endReleases(ending: Ending): Promise<boolean> {
  const { environment, releases, routing, target, clock } = ending
  const keep = Object.fromEntries(releases.map((release) => [release, 0]))
  const leaving = { ...routing, keep: { ...routing.keep, ...keep } }
  await ending.route(leaving)
  const deadline = clock.now() + ending.drainMs
  while (ending.isWanted() && clock.now() < deadline && (await isBusy(ending)))
    await until(clock, clock.now() + lookAgainMs)
  if (ending.isWanted() && (await isBusy(ending)))
    await ending.route({ ...leaving, cut: [...new Set([...leaving.cut, ...releases])] })
  if (!ending.isWanted()) return false
  for (const release of releases) {
    await ending.scaleToNothing(release)
    await target.forget(environment, release)
  }
  await ending.route(without(leaving, releases))
  return true
}

async function isBusy({ environment, releases, target, router }: Ending): Promise<boolean> {
  const [seen, { inFlight }] = await Promise.all([target.observe(environment), router.observe(environment)])
  return releases.some((release) =>
    (seen.releases[release]?.instances ?? []).some(
      ({ id }) => inFlight === null || (inFlight[id]?.requests ?? 0) + (inFlight[id]?.tunnels ?? 0) > 0,
    ),
  )
}

function without(routing: Routing, releases: ReleaseId[]): Routing {
  const keep = Object.entries(routing.keep).filter(([release]) => !releases.includes(release))
  return {
    ...routing,
    keep: Object.fromEntries(keep),
    cut: routing.cut.filter((release) => !releases.includes(release)),
  }
}
