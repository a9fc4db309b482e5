import { createHash } from 'node:crypto'
import type { EnvironmentId } from '../../core/release.ts'
import { containerName } from '../docker/labels.ts'

/** Swarm takes no longer one for a service, nor for a secret or a config (64). */
const LONGEST = 63
const MARK_LENGTH = 8

/** `shop-production-r7-0-3`. */
export function serviceName(environment: EnvironmentId, instance: string): string {
  return fitting(containerName(environment, instance))
}

/** The name itself, or its beginning with a mark of the whole. */
export function fitting(name: string): string {
  if (name.length <= LONGEST) return name
  const mark = createHash('sha256').update(name).digest('hex').slice(0, MARK_LENGTH)
  return `${name.slice(0, LONGEST - MARK_LENGTH - 1).replace(/[^A-Za-z0-9]+$/, '')}-${mark}`
}
