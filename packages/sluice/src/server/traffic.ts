import { type LatencyHistogram, quantileBucket, upperEdgeMs } from '../core/analysis/latency-histogram.ts'
import type { TrafficAnswer } from './contract.ts'
import type { TrafficHistory } from './traffic-history.ts'

/** What is known of an environment's traffic, and what its next rollout would be judged with. */
export function trafficOf(history: TrafficHistory, environment: string): TrafficAnswer {
  const { phi, instanceSd, latency } = history.baseline(environment)
  return {
    ...history.traffic(environment),
    latency: quantilesOf(latency),
    allowance: { phi, instanceSd },
  }
}

// Reported by the upper edge of a bucket; what took longer than all buckets hold is no time to reckon with.
function quantilesOf(latency: LatencyHistogram): TrafficAnswer['latency'] {
  const [median, p99] = [quantileBucket(latency, 0.5), quantileBucket(latency, 0.99)]
  if (median === null || p99 === null || !Number.isFinite(upperEdgeMs(p99))) return null
  return { medianMs: upperEdgeMs(median), p99Ms: upperEdgeMs(p99) }
}
