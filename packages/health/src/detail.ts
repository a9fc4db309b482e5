import type { CheckResult, CheckStatus } from './check.ts'
import type { Findings, Status } from './findings.ts'

/** Who the app is and for how long, as both detailed forms tell it. */
export interface Identity {
  version: string
  serviceId: string | undefined
  uptimeMs: number
  now: Date
}

/** The detailed form in its plain shape. */
export interface Detail {
  status: Status
  version: string
  serviceId?: string
  /** Seconds. */
  uptime: number
  timestamp: string
  draining?: true
  checks: Record<string, CheckResult>
}

/** The detailed form as draft-inadarei-api-health-check-06 describes it. */
export interface HealthJson {
  status: DraftStatus
  version: string
  releaseId: string
  serviceId?: string
  notes?: string[]
  checks: Record<string, HealthJsonEntry[]>
}

export interface HealthJsonEntry {
  componentType?: string
  observedValue?: string | number | boolean | null
  observedUnit?: string
  status: DraftStatus
  time: string
  output?: string
}

type DraftStatus = 'pass' | 'warn' | 'fail'

const draftStatuses = {
  ok: 'pass',
  warn: 'warn',
  degraded: 'warn',
  error: 'fail',
} satisfies Record<Status | CheckStatus, DraftStatus>

export function asDetail(findings: Findings, { version, serviceId, uptimeMs, now }: Identity): Detail {
  return {
    status: findings.status,
    version,
    ...(serviceId === undefined ? {} : { serviceId }),
    uptime: Math.round(uptimeMs / 1000),
    timestamp: now.toISOString(),
    ...(findings.isDraining ? { draining: true } : {}),
    checks: Object.fromEntries(findings.checks.map(({ check, result }) => [check.name, result])),
  }
}

export function asHealthJson(findings: Findings, { version, serviceId }: Identity): HealthJson {
  return {
    status: draftStatuses[findings.status],
    version,
    releaseId: version,
    ...(serviceId === undefined ? {} : { serviceId }),
    ...(findings.isDraining ? { notes: ['draining'] } : {}),
    checks: Object.fromEntries(findings.checks.flatMap(entriesOf)),
  }
}

/** Every check has a response time, so that its key is there whether it passes or not; what it observed is beside it. */
function entriesOf({ check, result }: Findings['checks'][number]): [string, HealthJsonEntry[]][] {
  const status = draftStatuses[result.status]
  const same = {
    ...(check.kind === undefined ? {} : { componentType: check.kind }),
    status,
    time: result.time,
    // The draft wants no output of what passes.
    ...(result.output === undefined || status === 'pass' ? {} : { output: result.output }),
  }
  const latency = { ...same, observedValue: result.latencyMs, observedUnit: 'ms' }
  const entries: [string, HealthJsonEntry[]][] = [[`${check.name}:responseTime`, [latency]]]
  if (result.observedValue !== undefined) {
    const { observedValue, observedUnit } = result
    const observed = { ...same, observedValue, ...(observedUnit === undefined ? {} : { observedUnit }) }
    entries.push([`${check.name}:${check.measurement ?? 'value'}`, [observed]])
  }
  return entries
}
