import type { ReleaseId } from './release.ts'

/**
 * What a drill breaks in its copy of stable. `errors` and `latency`: its answers to the drill's own requests. `crash`: its
 * processes are killed. `never-ready`: it hangs while it starts.
 */
export type DrillFault = (typeof drillFaults)[number]
export const drillFaults = ['errors', 'latency', 'crash', 'never-ready'] as const

/** The fault that a drill proves the way back from. */
export interface Drill {
  fault: DrillFault
  /** For a fault that the router makes; null for one that is done to the instances. */
  injection: Injection | null
  /** What the preview address led to before, and leads to afterwards. */
  previewBefore: ReleaseId | null
}

/** What the router does to requests that bear the token and are for this release; it can be done to no other request. */
export interface Injection {
  token: string
  release: ReleaseId
  /** Of the answers, 0 to 1, that become a 500. */
  errorShare: number
  delayMs: number
}
