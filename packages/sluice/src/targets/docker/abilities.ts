import type { TargetAbilities } from '../../core/capabilities.ts'

/** What containers of one engine can do: each has ports of its own. */
export const dockerAbilities: TargetAbilities = { parallelReleases: true, ownPorts: true, runsImages: true }
