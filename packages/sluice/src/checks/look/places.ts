import type { EnvironmentConfig } from '../../config/config.ts'
import { type Answer, unknown } from '../check.ts'
import type { Look } from './look.ts'
import { productionOf } from './production.ts'
import { unreadManifests, type Workload, workloads } from './workloads.ts'

/** How a check reads each kind of place in which an app runs. */
export interface PlaceReaders {
  environment(environment: EnvironmentConfig): Answer | null
  workload(workload: Workload): Answer | null | Answer[]
}

/** What is answered of every place: production in sluice.yaml, each workload, and manifests that nobody can read. */
export function placesOf(look: Look, { environment, workload }: PlaceReaders): (Answer | null)[] {
  const production = productionOf(look.config)
  const unread = unreadManifests(look)
  return [
    production === null ? null : environment(production),
    ...workloads(look).flatMap(workload),
    unread === null ? null : unknown(unread),
  ]
}
