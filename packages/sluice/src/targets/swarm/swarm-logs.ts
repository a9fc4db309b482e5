import { join } from 'node:path'
import { LABELS } from '../docker/labels.ts'
import { timedLines } from '../docker/log-frames.ts'
import { type Clock, pause } from '../fleet/clock.ts'
import { startsIn } from '../fleet/instance-record.ts'
import { parseInstanceId } from '../fleet/layout.ts'
import type { LogLine, Target } from '../target.ts'
import { readOutput } from './kept-output.ts'
import { linesOf, type ServiceLine } from './service-lines.ts'
import type { Swarm } from './swarm-api.ts'

/** How often to look for services that are new. */
const LOOK_MS = 500
/** A node that does not answer keeps what was printed there to itself. */
const ANSWER_MS = 3_000
const STREAMS = ['stdout', 'stderr'] as const

/** Where a start's output is: a service's, or what was kept of one that is gone. */
interface Source {
  instance: string
  release: string
  service: string | null
}

/** The last lines of each stream of each slot, over its starts; then new ones as they are printed, while `follow`. */
export async function* swarmLogs(
  at: { swarm: Swarm; labels: Record<string, string>; instancesFolder: string; clock: Clock },
  options: Parameters<Target['logs']>[1],
): AsyncIterable<LogLine> {
  const { lines, follow, release } = options
  const since = at.clock.now()
  const sources = await sourcesOf(at, release)
  for (const slot of Map.groupBy(sources, slotOf).values()) {
    for (const stream of STREAMS) yield* await lastOf(at, slot, stream, lines)
  }
  if (follow !== undefined)
    yield* followed(at, { ...(release === undefined ? {} : { release }), follow, since })
}

type Place = Parameters<typeof swarmLogs>[0]

/** The newest start of each slot first. */
async function sourcesOf({ swarm, labels, instancesFolder }: Place, release?: string): Promise<Source[]> {
  const services = await servicesOf(swarm, labels, release)
  const kept = (await startsIn(instancesFolder, release)).filter(
    (id) => !services.some((it) => it.instance === id),
  )
  const gone = kept.map((instance) => ({
    instance,
    release: parseInstanceId(instance)!.release,
    service: null,
  }))
  const startOf = ({ instance }: Source) => parseInstanceId(instance)?.start ?? 0
  return [...services, ...gone].sort((a, b) => startOf(b) - startOf(a))
}

async function servicesOf(
  swarm: Swarm,
  labels: Record<string, string>,
  release?: string,
): Promise<(Source & { service: string })[]> {
  const wanted = release === undefined ? labels : { ...labels, [LABELS.release]: release }
  const found = await swarm.services(wanted)
  return found.map(({ id, labels: its }) => ({
    ...{ instance: its[LABELS.instance]!, release: its[LABELS.release]!, service: id },
  }))
}

function slotOf({ instance }: Source): string {
  const parsed = parseInstanceId(instance)
  return parsed === null ? instance : `${parsed.release}-${parsed.slot}`
}

async function lastOf(
  at: Place,
  newestFirst: Source[],
  stream: (typeof STREAMS)[number],
  count: number,
): Promise<LogLine[]> {
  let found: LogLine[] = []
  for (const source of newestFirst) {
    if (found.length >= count) break
    const lines = await printedBy(at, source, stream, count - found.length)
    found = [...lines.map((line) => lineOf(source, line)), ...found]
  }
  return found
}

async function printedBy(
  { swarm, instancesFolder, clock }: Place,
  { service, instance }: Source,
  stream: (typeof STREAMS)[number],
  count: number,
): Promise<ServiceLine[]> {
  if (service === null) {
    const kept = await readOutput(join(instancesFolder, instance))
    return kept.filter((line) => line.stream === stream).slice(-count)
  }
  const isDone = new AbortController()
  const late = pause(clock, ANSWER_MS, isDone.signal).then(() => [])
  const lines = await Promise.race([linesOf(swarm, service, stream, count).catch(() => []), late])
  isDone.abort()
  return lines
}

async function* followed(
  { swarm, labels, clock }: Place,
  { release, follow, since }: { release?: string; follow: AbortSignal; since: number },
): AsyncIterable<LogLine> {
  const heard = new Set<string>()
  const waiting: LogLine[] = []
  let wake = Promise.withResolvers<void>()

  async function hear(source: Source & { service: string }): Promise<void> {
    const output = await swarm.follow(source.service, { sinceMs: since }, follow)
    for await (const line of timedLines(output)) {
      waiting.push(lineOf(source, line))
      wake.resolve()
    }
  }

  while (!follow.aborted) {
    const sources = await servicesOf(swarm, labels, release).catch(() => [])
    for (const source of sources) {
      if (heard.has(source.service)) continue
      heard.add(source.service)
      // Ends with its service, or with the connection: what was printed is still there for the next who asks.
      void hear(source).catch(() => {})
    }
    await Promise.race([wake.promise, pause(clock, LOOK_MS, follow)])
    wake = Promise.withResolvers()
    yield* waiting.splice(0)
  }
}

function lineOf({ instance, release }: Source, { stream, time, text }: ServiceLine): LogLine {
  return { at: Date.parse(time), instance, release, stream, line: text }
}
