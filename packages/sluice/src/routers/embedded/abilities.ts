import type { RouterAbilities } from '../../core/capabilities.ts'

/** What the embedded proxy can do: everything that a router is asked for. */
export const embeddedAbilities: RouterAbilities = {
  traffic: 'weighted',
  preview: true,
  sticky: true,
  inFlight: true,
  counts: true,
  hold: true,
  drill: true,
}
