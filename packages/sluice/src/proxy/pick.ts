import { drawSmoothly } from '../std/smooth-round-robin.ts'
import type { Environment } from './environment.ts'
import type { Instance } from './instance.ts'
import type { Release } from './release.ts'
import { bucketOfUser, intervalOf, rendezvous } from './sticky.ts'

/**
 * The release of a new request; null when nothing with a weight takes requests. Ejection does not matter here: what a
 * release fails must count against it.
 *
 * @param key of the user in a sticky environment; null draws by weight.
 */
export function pickRelease(environment: Environment, key: string | null): Release | null {
  const { drawable, releases } = environment
  if (drawable.length === 1) return drawable[0]!
  if (key !== null && environment.route.sticky !== null) {
    const at = intervalOf(bucketOfUser(environment.route.sticky.salt, key), releases)
    const release = releases[at]
    if (release !== undefined && release.serving.length > 0) return release
  }
  return drawable[drawSmoothly(drawable)] ?? null
}

/** The instance of a new request, preferring those that are not ejected; null when the release serves nowhere. */
export function pickInstance(release: Release, key: string | null, now: number): Instance | null {
  const { serving } = release
  if (serving.length === 1) return serving[0]!
  if (serving.length === 0) return null
  return (
    among(areAllAvailable(serving, now) ? serving : availableOf(serving, now), key) ?? among(serving, key)
  )
}

/**
 * The instance for another attempt: another one of the same release; where the release is wholly ejected and the
 * request may leave it, one of another release; at last again any of the same.
 */
export function pickAgain(
  release: Release,
  key: string | null,
  tried: readonly Instance[],
  mayLeave: boolean,
  now: number,
): Instance | null {
  const untried = availableOf(release.serving, now).filter((instance) => !tried.includes(instance))
  if (untried.length > 0) return among(untried, key)
  if (mayLeave && !release.isAvailable(now)) {
    const elsewhere = release.environment.drawable.filter(
      (other) => other !== release && other.isAvailable(now),
    )
    const other = elsewhere[drawSmoothly(elsewhere)]
    if (other !== undefined) return pickInstance(other, key, now)
  }
  return pickInstance(release, key, now)
}

function among(instances: readonly Instance[], key: string | null): Instance | null {
  if (key !== null) return rendezvous(key, instances)
  return instances[drawSmoothly(instances)] ?? null
}

function areAllAvailable(instances: readonly Instance[], now: number): boolean {
  for (let i = 0; i < instances.length; i++) if (!instances[i]!.isAvailable(now)) return false
  return true
}

function availableOf(instances: readonly Instance[], now: number): Instance[] {
  return instances.filter((instance) => instance.isAvailable(now))
}
