import { type Exposition, familyOf } from '../../running/exposition.ts'

const ABOUT_REQUESTS = /request|response|http|rpc/i
/** It counts how often its own page was asked for. */
const OF_ITSELF = /^promhttp_/
const STATUS =
  /^(?:status|code|status_code|http_status|http_status_code|http_response_status_code|status_class|statuscode)$/i

/** Counters of requests that are at least so much higher in `after`, over all of their series. */
export function movedBy(
  before: Exposition,
  after: Exposition,
  least: number,
): { name: string; by: number }[] {
  const [was, is] = [sumsOf(before), sumsOf(after)]
  return [...is].flatMap(([name, sum]) => {
    const by = sum - (was.get(name) ?? 0)
    return by >= least ? [{ name, by }] : []
  })
}

/** A histogram that has timed at least so many requests between the two, by the name of its family; null where there is none. */
export function latencyHistogram(before: Exposition, after: Exposition, least: number): string | null {
  const buckets = after.samples.filter(
    ({ name, labels }) =>
      name.endsWith('_bucket') &&
      labels.le !== undefined &&
      /request|http|duration|latency|response/i.test(name),
  )
  const families = new Set(buckets.map(({ name }) => familyOf(name, after.types)))
  // Those of the runtime, of its garbage collector for one, time something else.
  return [...families].find((family) => timed(after, family) - timed(before, family) >= least) ?? null
}

function timed({ samples }: Exposition, family: string): number {
  return samples.reduce((sum, { name, value }) => (name === `${family}_count` ? sum + value : sum), 0)
}

/** Whether a counter has a label for the status, or there is one of errors beside it. */
export function splitsByStatus({ samples }: Exposition, name: string): boolean {
  return samples.some(
    (one) =>
      (one.name === name && Object.keys(one.labels).some((label) => STATUS.test(label))) ||
      (ABOUT_REQUESTS.test(one.name) && /error|fail|by_status/i.test(one.name)),
  )
}

function sumsOf({ types, samples }: Exposition): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { name, value } of samples) {
    if (!ABOUT_REQUESTS.test(name) || OF_ITSELF.test(name) || !isCount(name, types)) continue
    sums.set(name, (sums.get(name) ?? 0) + value)
  }
  return sums
}

function isCount(name: string, types: Map<string, string>): boolean {
  const type = types.get(familyOf(name, types)) ?? 'untyped'
  if (type === 'histogram' || type === 'summary') return name.endsWith('_count')
  return type === 'counter'
    ? !name.endsWith('_created')
    : type === 'untyped' && /_(?:total|count)$/.test(name)
}
