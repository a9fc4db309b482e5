import { posix } from 'node:path'
import type { AppFacts } from '../detect/facts.ts'
import { nearestHolding } from '../detect/holds.ts'

/**
 * The folder of the project that what an app shares with others of its workspace is kept in: of Go its module, else where
 * the workspace begins. Its own where it is in none.
 */
export function sharedFolder({ folder, workspaceRoot, ...app }: AppFacts): string {
  if (workspaceRoot === null) return folder
  const modules = app.stack === 'go' ? (app.workspace?.modules ?? []) : []
  const above = modules.map((one) => posix.join(workspaceRoot, one.folder)).concat(workspaceRoot)
  return nearestHolding(folder, above)!
}
