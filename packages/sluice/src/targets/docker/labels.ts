import type { EnvironmentId, ReleaseId } from '../../core/release.ts'
import { safeName } from '../fleet/layout.ts'

/** By these a container is known as ours; anything without them is somebody else's and is never touched. */
export const LABELS = {
  home: 'sluice.home',
  environment: 'sluice.environment',
  release: 'sluice.release',
  instance: 'sluice.instance',
  slot: 'sluice.slot',
} as const

/** The labels of one container. */
export function labelsOf(given: {
  home: string
  environment: EnvironmentId
  release: ReleaseId
  instance: string
  slot: number
}): Record<string, string> {
  return {
    [LABELS.home]: given.home,
    [LABELS.environment]: given.environment,
    [LABELS.release]: given.release,
    [LABELS.instance]: given.instance,
    [LABELS.slot]: String(given.slot),
  }
}

/** `shop-production-r7-0-3`. */
export function containerName(environment: EnvironmentId, instance: string): string {
  return [...environment.split('/'), instance].map(safeName).join('-')
}

/** Of a folder that the app keeps across releases: `shop-production-uploads`. */
export function volumeName(environment: EnvironmentId, inside: string): string {
  return [...environment.split('/'), inside.replace(/[^\w.-]+/g, '-')].map(safeName).join('-')
}
