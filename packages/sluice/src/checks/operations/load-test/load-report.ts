import type { Look } from '../../look/look.ts'
import { field } from '../../look/yaml-documents.ts'

/** What a load test measured; null where its report does not tell. */
export interface LoadReport {
  perSecond: number | null
  p99Ms: number | null
  /** From 0 to 1. */
  errors: number | null
}

/** Reads the summary of k6 or autocannon; null where it is neither. */
export function readReport({ files, repositoryFiles }: Look, path: string): LoadReport | null {
  const report = objectIn(files.read(path) ?? repositoryFiles.read(path))
  if (field(report, 'metrics', 'http_reqs') !== null) return ofK6(field(report, 'metrics'))
  return field(report, 'requests', 'average') === null ? null : ofAutocannon(report)
}

// grafana.com/docs/k6, end-of-test summary; in `handleSummary` the numbers stand below `values`. k6 has p(99) only where it is asked for.
function ofK6(metrics: unknown): LoadReport {
  const at = (name: string, key: string) =>
    numberIn(field(metrics, name, 'values', key) ?? field(metrics, name, key))
  return {
    perSecond: at('http_reqs', 'rate'),
    p99Ms: at('http_req_duration', 'p(99)'),
    errors: at('http_req_failed', 'rate') ?? at('http_req_failed', 'value'),
  }
}

// github.com/mcollina/autocannon, the object of results
function ofAutocannon(report: unknown): LoadReport {
  const total = numberIn(field(report, 'requests', 'total'))
  const count = (key: string) => numberIn(field(report, key)) ?? 0
  // A time-out is among the errors already.
  const bad = count('errors') + count('non2xx')
  return {
    perSecond: numberIn(field(report, 'requests', 'average')),
    p99Ms: numberIn(field(report, 'latency', 'p99')),
    errors: total === null || total === 0 ? null : Math.min(1, bad / total),
  }
}

function numberIn(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function objectIn(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return null
  }
}
