import type { Check } from '../check.ts'
import { errors } from './errors/errors.ts'
import { gracefulShutdown } from './graceful-shutdown/graceful-shutdown.ts'
import { healthEndpoint } from './health-endpoint/health-endpoint.ts'
import { lineCoverage } from './line-coverage/line-coverage.ts'
import { livenessReadiness } from './liveness-readiness.ts'
import { lockfile } from './lockfile/lockfile.ts'
import { logs } from './logs/logs.ts'
import { retries } from './retries.ts'
import { secrets } from './secrets/secrets.ts'
import { testSuite } from './test-suite/test-suite.ts'
import { timeLimits } from './time-limits/time-limits.ts'

/** One line per check, by its file, in the order of the ids. */
export const application = {
  'test-suite': testSuite,
  'line-coverage': lineCoverage,
  secrets,
  errors,
  logs,
  'health-endpoint': healthEndpoint,
  'liveness-readiness': livenessReadiness,
  'graceful-shutdown': gracefulShutdown,
  'time-limits': timeLimits,
  retries,
  lockfile,
} satisfies Record<string, Check>
