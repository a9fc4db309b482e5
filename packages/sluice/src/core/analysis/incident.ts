import type { Ms } from '../release.ts'

/*
 * The incident hold of the analysis reference, section 9: while stable itself suddenly fails much more than it used to,
 * a shared outage is the likelier cause, and nothing is decided.
 */

/** Stable's failures over the last ten and a half minutes, and since when an incident is on. */
export interface Incidents {
  recent: { at: Ms; n: number; x: number }[]
  /** Since when stable fails so much more than before; null: it does not. */
  since: Ms | null
}

const newMs = 30_000
const oldMs = 600_000
const times = 3
const floor = 1e-4
const fewest = 10

/** After so long a hold, waiting brings nothing more. */
export const longestHoldMs = 600_000
/** An incident that begins so soon after the candidate's share grew may be its doing. */
export const suspectMs = 120_000

export const noIncidents: Incidents = { recent: [], since: null }

/** Adds a tick of stable's requests. */
export function noteStable(incidents: Incidents, tick: { at: Ms; n: number; x: number }): Incidents {
  const recent = [...incidents.recent.filter(({ at }) => at > tick.at - oldMs - newMs), tick]
  const isOn = isIncident(recent, tick.at)
  return { recent, since: isOn ? (incidents.since ?? tick.at) : null }
}

/** Its failed share over the last 30 s is more than three times that of the ten minutes before, with ten failures at least. */
function isIncident(recent: Incidents['recent'], now: Ms): boolean {
  let [n, x, nBefore, xBefore] = [0, 0, 0, 0]
  for (const tick of recent) {
    if (tick.at > now - newMs) {
      n += tick.n
      x += tick.x
    } else {
      nBefore += tick.n
      xBefore += tick.x
    }
  }
  // Without a past as long as the present nobody knows what is usual.
  if (x < fewest || nBefore < n) return false
  return x / n > times * Math.max(floor, xBefore / nBefore)
}
