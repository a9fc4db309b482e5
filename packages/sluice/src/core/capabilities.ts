/** What a target or a router can do, as data; `plan` refuses what does not fit before anything moves. */
export interface Capabilities {
  /**
   * `weighted`: any share per release. `instances`: the share follows the ready instances.
   * `replace`: one release at a time takes everything.
   */
  traffic: 'weighted' | 'instances' | 'replace'
  /** Whether two releases may run at once. */
  parallelReleases: boolean
  /** Whether the candidate can be reached at an address of its own before it has traffic. */
  preview: boolean
  /** Whether a user can be kept on one release while weights rise. */
  sticky: boolean
  /** Whether requests in flight per release are known, so that a drain can be proved. */
  inFlight: boolean
}
