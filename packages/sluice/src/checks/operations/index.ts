import type { Check } from '../check.ts'
import { automaticRollback } from './automatic-rollback.ts'
import { backups } from './backups/backups.ts'
import { featureFlags } from './feature-flags.ts'
import { loadTest } from './load-test/load-test.ts'
import { migrationRehearsal } from './migration-rehearsal.ts'
import { migrations } from './migrations/migrations.ts'
import { onCall } from './on-call.ts'
import { previousRelease } from './previous-release.ts'
import { promotedRelease } from './promoted-release.ts'
import { rollbackPlan } from './rollback-plan.ts'
import { runbook } from './runbook.ts'
import { serviceFacts } from './service-facts.ts'
import { stagingRollback } from './staging-rollback.ts'

/** One line per check, by its file, in the order of the ids. */
export const operations = {
  'rollback-plan': rollbackPlan,
  'previous-release': previousRelease,
  'staging-rollback': stagingRollback,
  'migration-rehearsal': migrationRehearsal,
  migrations,
  'feature-flags': featureFlags,
  'automatic-rollback': automaticRollback,
  runbook,
  'on-call': onCall,
  backups,
  'load-test': loadTest,
  'promoted-release': promotedRelease,
  'service-facts': serviceFacts,
} satisfies Record<string, Check>
