import {
  type AnalysisSpec,
  defaultAnalysis,
  type Margin,
  type MetricSpec,
  profiles,
  standardMetrics,
} from '../core/analysis/spec.ts'
import { WHOLE } from '../core/weights.ts'
import type { SourceName } from '../metrics/index.ts'
import type { RatioQuery } from '../metrics/source.ts'
import { BUCKETS_PER_DOUBLING } from '../std/histogram.ts'
import type { ReadAnalysis } from './analysis-schema.ts'

type ReadMetric = Exclude<ReadAnalysis['metrics'][string], false>

/** A metric of the user's own, where nothing is said of it: judged like errors, with half of their part. */
const ownMetric: Omit<MetricSpec, 'id'> = { ...standardMetrics.errors, kind: { is: 'ratio' }, weight: 0.2 }

/** How a candidate is judged, with everything filled in that the file leaves out. */
export function resolveAnalysis(read: ReadAnalysis): AnalysisSpec {
  const profile = profiles[read.profile]
  return {
    ...profile,
    deadlineMs: read.deadline ?? profile.deadlineMs,
    minBakeMs: read.minBake ?? Math.min(profile.minBakeMs, read.deadline ?? profile.deadlineMs),
    onInconclusive: read.onInconclusive ?? defaultAnalysis.onInconclusive,
    metrics: [...standard(read), ...own(read)],
  }
}

/** The queries of the user's own metrics, by source. */
export function queriesOf({ metrics }: ReadAnalysis): Partial<Record<SourceName, RatioQuery[]>> {
  const queries: Partial<Record<SourceName, RatioQuery[]>> = {}
  for (const [metric, options] of Object.entries(metrics)) {
    if (options === false || options.source === undefined) continue
    const { source, bad, total } = options
    queries[source] = [...(queries[source] ?? []), { metric, bad: bad!, total: total! }]
  }
  return queries
}

function standard({ metrics }: ReadAnalysis): MetricSpec[] {
  return Object.entries(standardMetrics).flatMap(([id, usual]) => {
    const options = metrics[id]
    return options === false ? [] : [withOptions({ ...usual, id }, options ?? {})]
  })
}

function own({ metrics }: ReadAnalysis): MetricSpec[] {
  return Object.entries(metrics).flatMap(([id, options]) =>
    options === false || id in standardMetrics ? [] : [withOptions({ ...ownMetric, id }, options)],
  )
}

function withOptions(usual: MetricSpec, options: ReadMetric): MetricSpec {
  const { weight, margin, slack, promoteMargin, promoteSlack } = options
  const isLatency = usual.kind.is === 'latency'
  const marginOf = isLatency ? slowerBy : worseBy
  return {
    ...usual,
    weight: weight === undefined ? usual.weight : weight / 100,
    rollback: marginOf(usual.rollback, margin, slack),
    promote: marginOf(usual.promote, promoteMargin, promoteSlack),
  }
}

function worseBy(usual: Margin, margin: number | undefined, slack: number | undefined): Margin {
  return {
    ...usual,
    ...(margin === undefined ? {} : { theta0: 1 + margin / WHOLE }),
    ...(slack === undefined ? {} : { delta: slack / WHOLE }),
  }
}

// A margin in time is a whole number of buckets, so that no answer has to be divided between two.
function slowerBy(usual: Margin, margin: number | undefined): Margin {
  if (margin === undefined) return usual
  return { ...usual, buckets: Math.max(1, Math.round(BUCKETS_PER_DOUBLING * Math.log2(1 + margin / WHOLE))) }
}
