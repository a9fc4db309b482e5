import type { TargetAbilities } from '../../core/capabilities.ts'

/** What plain processes of one machine can do: they share its ports. */
export const processAbilities: TargetAbilities = {
  parallelReleases: true,
  ownPorts: false,
  runsImages: false,
}
