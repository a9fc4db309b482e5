import type { TargetAbilities } from '../../core/capabilities.ts'

/** What services of a swarm can do: each has ports of its own. */
export const swarmAbilities: TargetAbilities = { parallelReleases: true, ownPorts: true, runsImages: true }
