import { createHash } from 'node:crypto'
import type { EnvironmentId, ReleaseId } from '../../core/release.ts'
import { safeName, startOf } from '../fleet/layout.ts'

/** By these a container is known as ours; anything without them is somebody else's and is never touched. */
export const LABELS = {
  home: 'sluice.home',
  environment: 'sluice.environment',
  release: 'sluice.release',
  instance: 'sluice.instance',
  slot: 'sluice.slot',
  /** Where it listens inside. */
  port: 'sluice.port',
  /** Of an image that we have built: the name that it was given. */
  image: 'sluice.image',
} as const

/** The labels of one container. */
export function labelsOf(given: {
  home: string
  environment: EnvironmentId
  release: ReleaseId
  instance: string
  slot: number
  port?: number
}): Record<string, string> {
  return {
    [LABELS.home]: given.home,
    [LABELS.environment]: given.environment,
    [LABELS.release]: given.release,
    [LABELS.instance]: given.instance,
    [LABELS.slot]: String(given.slot),
    ...(given.port === undefined ? {} : { [LABELS.port]: String(given.port) }),
  }
}

/** For sorting what bears our labels: of each slot the newest start first. */
export function newestFirst(a: Labelled, b: Labelled): number {
  const start = ({ labels }: Labelled) => startOf(labels[LABELS.instance] ?? '')
  return start(b) - start(a)
}

interface Labelled {
  labels: Record<string, string>
}

/** `shop-production-r7-0-3`. */
export function containerName(environment: EnvironmentId, instance: string): string {
  return [...environment.split('/'), instance].map(safeName).join('-')
}

/**
 * Of a folder that the app keeps across releases: `shop_production_uploads`. Neither an app nor an environment has an
 * underscore in its name, and a path that would lose something gets a mark of its own: two folders never share a volume.
 */
export function volumeName(environment: EnvironmentId, inside: string): string {
  const plain = inside.replace(/[^\w.-]+/g, '-')
  const mark = plain === inside ? '' : `-${createHash('sha256').update(inside).digest('hex').slice(0, 6)}`
  return [...environment.split('/').map(safeName), `${plain}${mark}`].join('_')
}
