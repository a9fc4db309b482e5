import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Sample } from './series-count.ts'

/** More series than this are a query that was meant otherwise. */
const MAX_SERIES = 1_000

/** What an instant query was answered with: counters, or what was wrong, and what to do about it. */
export type Answer = { samples: Sample[] } | { problem: string; todo: string }

const point = z.tuple([z.number(), z.string()])
const vector = z.array(z.object({ metric: z.record(z.string(), z.string()), value: point }))
const answers = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: z.object({ resultType: z.string(), result: z.unknown() }) }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
])

/** Reads the body of an answer of Prometheus's HTTP API v1. NaN and infinite values are left out: nothing was counted. */
export function readAnswer(body: string): Answer {
  const read = answers.safeParse(parsed(body))
  if (!read.success) {
    return {
      problem: 'what is no answer of Prometheus',
      todo: 'See whether the url is that of a Prometheus server.',
    }
  }
  if (read.data.status === 'error') {
    const { errorType, error } = read.data
    return {
      problem: `${errorType}: ${error}`,
      todo: 'Try the query in the web page of Prometheus.',
    }
  }
  return readResult(read.data.data)
}

function readResult({ resultType, result }: { resultType: string; result?: unknown }): Answer {
  const { data: scalar } = point.safeParse(result)
  if (resultType === 'scalar' && scalar) return { samples: counters([{ metric: {}, value: scalar }]) }
  if (resultType !== 'vector') {
    const todo = 'Ask for counters: without a range such as [5m] at the end, without quotes around it.'
    return { problem: `a ${resultType}, which is no vector of counters`, todo }
  }
  const found = vector.safeParse(result)
  if (!found.success) {
    const todo = 'Ask for counters: of a native histogram take histogram_count(…).'
    return { problem: 'a vector that holds something else than numbers', todo }
  }
  if (found.data.length > MAX_SERIES) {
    const todo = 'Narrow it by labels, or keep one series for each instance: sum by (instance) (…).'
    return { problem: `${found.data.length} series, and at most ${MAX_SERIES} are taken`, todo }
  }
  return { samples: counters(found.data) }
}

function counters(vector: { metric: Record<string, string>; value: [number, string] }[]): Sample[] {
  return vector
    .map(({ metric, value: [, text] }) => ({ series: fingerprint(metric), value: Number(text) }))
    .filter(({ value }) => Number.isFinite(value) && value >= 0)
}

// Hashed, because labels may be long and are remembered for as long as the rollout goes on.
function fingerprint(labels: Record<string, string>): string {
  return hash('sha256', JSON.stringify(Object.entries(labels).sort()), 'base64')
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}
