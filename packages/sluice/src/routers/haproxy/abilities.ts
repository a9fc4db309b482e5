import type { RouterAbilities } from '../../core/capabilities.ts'

/** What HAProxy can do, with the rules and the script that we give it. */
export const haproxyAbilities: RouterAbilities = {
  traffic: 'weighted',
  preview: true,
  sticky: true,
  inFlight: true,
  counts: true,
  hold: true,
  drill: true,
}
