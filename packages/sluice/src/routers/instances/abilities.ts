import type { RouterAbilities } from '../../core/capabilities.ts'

/** What follows from a list of instances alone, read by something that gives each of them the same. */
export const instancesAbilities: RouterAbilities = {
  traffic: 'instances',
  preview: false,
  sticky: false,
  inFlight: false,
  counts: false,
  hold: false,
  drill: false,
}
