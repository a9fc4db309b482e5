import type { Check } from '../check.ts'
import { alertsToActOn } from './alerts-to-act-on/alerts-to-act-on.ts'
import { errorRateAlert } from './error-rate-alert/error-rate-alert.ts'
import { errorTracking } from './error-tracking.ts'
import { logCollection } from './log-collection.ts'
import { requestIds } from './request-ids.ts'
import { requestMetrics } from './request-metrics/request-metrics.ts'
import { saturationAlerts } from './saturation-alerts.ts'
import { slo } from './slo/slo.ts'
import { smokeTest } from './smoke-test/smoke-test.ts'
import { uptimeMonitor } from './uptime-monitor.ts'

/** One line per check, by its file, in the order of the ids. */
export const monitoring = {
  'request-metrics': requestMetrics,
  'error-rate-alert': errorRateAlert,
  'log-collection': logCollection,
  'uptime-monitor': uptimeMonitor,
  'saturation-alerts': saturationAlerts,
  'request-ids': requestIds,
  'error-tracking': errorTracking,
  slo,
  'alerts-to-act-on': alertsToActOn,
  'smoke-test': smokeTest,
} satisfies Record<string, Check>
