import type { Probe } from './probe.ts'
import type { WatchedCheck } from './watched-check.ts'

const BUCKETS_S = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]

/** How long one kind of probe took, and how often it was answered with which status. */
interface ProbeTimes {
  counts: number[]
  total: number
  sumS: number
  byStatus: Map<number, number>
}

export interface ProbeMetrics {
  observe(probe: Probe, status: number, ms: number): void
  lines(): string[]
}

export function createProbeMetrics(): ProbeMetrics {
  const times = new Map<Probe, ProbeTimes>()

  function observe(probe: Probe, status: number, ms: number) {
    const one = times.get(probe) ?? {
      counts: BUCKETS_S.map(() => 0),
      total: 0,
      sumS: 0,
      byStatus: new Map(),
    }
    times.set(probe, one)
    const seconds = ms / 1000
    BUCKETS_S.forEach((most, index) => {
      if (seconds <= most) one.counts[index]!++
    })
    one.total++
    one.sumS += seconds
    one.byStatus.set(status, (one.byStatus.get(status) ?? 0) + 1)
  }

  function lines(): string[] {
    return [
      ...head('health_probe_duration_seconds', 'histogram', 'How long probes took.'),
      ...[...times].flatMap(([probe, { counts, total, sumS }]) => [
        ...BUCKETS_S.map((most, index) =>
          line('health_probe_duration_seconds_bucket', { probe, le: String(most) }, counts[index]!),
        ),
        line('health_probe_duration_seconds_bucket', { probe, le: '+Inf' }, total),
        line('health_probe_duration_seconds_sum', { probe }, sumS),
        line('health_probe_duration_seconds_count', { probe }, total),
      ]),
      ...head('health_probes_total', 'counter', 'Probes by the status they were answered with.'),
      ...[...times].flatMap(([probe, { byStatus }]) =>
        [...byStatus].map(([code, count]) =>
          line('health_probes_total', { probe, code: String(code) }, count),
        ),
      ),
    ]
  }

  return { observe, lines }
}

/** The last result of each check; scraping asks no dependency. */
export function checkLines(checks: WatchedCheck[]): string[] {
  const asked = checks.flatMap((check) => {
    const result = check.latest()
    if (result === null) return []
    return [{ check, result, labels: { check: check.name, critical: String(check.critical) } }]
  })
  return [
    ...head(
      'health_check_up',
      'gauge',
      '1 if the last run of the check was ok, 0.5 if it warned, 0 if it failed.',
    ),
    ...asked.map(({ labels, result }) => line('health_check_up', labels, levels[result.status])),
    ...head('health_check_duration_seconds', 'gauge', 'How long the last run of the check took.'),
    ...asked.map(({ labels, result }) =>
      line('health_check_duration_seconds', labels, result.latencyMs / 1000),
    ),
    ...head('health_check_runs_total', 'counter', 'Runs of the check by their result.'),
    ...asked.flatMap(({ check, labels }) =>
      Object.entries(check.runs).map(([result, count]) =>
        line('health_check_runs_total', { ...labels, result }, count),
      ),
    ),
  ]
}

const levels = { ok: 1, warn: 0.5, error: 0 }

export function gauge(
  name: string,
  help: string,
  value: number,
  labels: Record<string, string> = {},
): string[] {
  return [...head(name, 'gauge', help), line(name, labels, value)]
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function line(name: string, labels: Record<string, string>, value: number): string {
  const inside = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
  return `${name}${inside.length === 0 ? '' : `{${inside.join(',')}}`} ${value}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
