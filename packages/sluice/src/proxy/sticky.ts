import { xxh32 } from '../std/xxh32.ts'

const UID_COOKIE = 'sluice_uid'

/** Bucket of a user within a rollout, 0 to 9999: the same in every driver, see `xxh32`. */
export function bucketOfUser(salt: string, key: string): number {
  return xxh32(`${salt}:${key}`) % 10_000
}

/**
 * Where `bucket` falls when the weights are laid end to end, the first from 0. Raising the first weight moves users
 * only into it, lowering it only out of it. -1 when the weights end before the bucket.
 */
export function intervalOf(bucket: number, weights: readonly { weight: number }[]): number {
  let upper = 0
  for (let i = 0; i < weights.length; i++) {
    upper += weights[i]!.weight
    if (bucket < upper) return i
  }
  return -1
}

/** Weighted rendezvous: the one of `members` for this key. When one leaves, only its own keys move. */
export function rendezvous<Member extends { id: string; weight: number }>(
  key: string,
  members: readonly Member[],
): Member | null {
  let best: Member | null = null
  let most = Number.NEGATIVE_INFINITY
  for (const member of members) {
    const fraction = (xxh32(`${key}:${member.id}`) + 0.5) / 2 ** 32
    const score = -member.weight / Math.log(fraction)
    if (score > most) {
      most = score
      best = member
    }
  }
  return best
}

/** The user id that a client brings back, null when it brings none of ours. */
export function uidOf(cookies: string | null): string | null {
  const uid = cookieOf(cookies, UID_COOKIE)
  return uid !== null && /^[0-9a-f]{32}$/.test(uid) ? uid : null
}

/** The field line that gives a client its user id. It names the user, never the release: the weights stay in charge. */
export function uidCookieLine(uid: string): string {
  return `Set-Cookie: ${UID_COOKIE}=${uid}; Path=/; HttpOnly; SameSite=Lax`
}

/** The value of a cookie in a Cookie field, null when it is not there. */
export function cookieOf(cookies: string | null, name: string): string | null {
  if (cookies === null) return null
  for (const pair of cookies.split(';')) {
    const cookie = pair.trim()
    if (cookie.startsWith(name) && cookie[name.length] === '=') return cookie.slice(name.length + 1)
  }
  return null
}
