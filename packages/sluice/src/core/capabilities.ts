/** What a target can do, as data; `plan` refuses what does not fit before anything moves. */
export interface TargetAbilities {
  /** Whether two releases may run at once. */
  parallelReleases: boolean
  /** Whether every instance has ports of its own, so that an app which cannot be told one can run more than once. */
  ownPorts: boolean
  /** Whether a release is an image there, and no folder of files. */
  runsImages: boolean
}

/** What a router can do, as data. */
export interface RouterAbilities {
  /**
   * `weighted`: any share per release. `instances`: the share follows the ready instances.
   * `replace`: one release at a time takes everything.
   */
  traffic: 'weighted' | 'instances' | 'replace'
  /** Whether the candidate can be reached at an address of its own before it has traffic. */
  preview: boolean
  /** Whether a user can be kept on one release while weights rise. */
  sticky: boolean
  /** Whether requests in flight per release are known, so that a drain can be proved. */
  inFlight: boolean
  /** Whether it counts what users meet, per release. */
  counts: boolean
  /** Whether requests can wait while nothing is there to answer them. */
  hold: boolean
  /** Whether faults can be put into the requests of a drill. */
  drill: boolean
}

/** What an environment can do, with the target and the router that it has. */
export type Capabilities = TargetAbilities & RouterAbilities
