/**
 * On every effect. Grows: first by the lease token (a new writer), then by the effect's number.
 * A target or router ignores an effect whose fence is older than one it has seen for that environment.
 */
export interface Fence {
  token: number
  effect: number
}

/** Negative when `a` is older than `b`, 0 when equal, positive when newer. */
export function compareFences(a: Fence, b: Fence): number {
  return a.token - b.token || a.effect - b.effect
}
