import { BUCKETS_PER_DOUBLING } from '../../std/histogram.ts'
import type { ArmNames } from './describe-evidence.ts'
import type { AnalysisSpec, MetricSpec } from './spec.ts'

/** What is tested, and what the threshold means: sentences for a person, one for each metric and one for all. */
export function describeTest(spec: AnalysisSpec, arms: ArmNames): string[] {
  const once = Math.round(1 / spec.alpha).toLocaleString('en')
  return [
    ...spec.metrics.map((metric) => describeMargin(metric, arms)),
    `Were none of that so, the e-value would reach ${once} in fewer than 1 of ${once} rollouts (alpha ${spec.alpha}), however often one looks.`,
  ]
}

function describeMargin({ id, kind, rollback }: MetricSpec, { candidate, stable }: ArmNames): string {
  if (kind.is === 'latency') {
    const slower = `${Number(((2 ** (rollback.buckets / BUCKETS_PER_DOUBLING) - 1) * 100).toFixed(0))} %`
    return `${id}: that ${candidate}'s is more than ${slower} above ${stable}'s`
  }
  const slack = `${Number((rollback.delta * 100).toFixed(3))} %`
  return `${id}: that ${candidate}'s share is more than ${rollback.theta0} × ${stable}'s and ${slack}`
}
