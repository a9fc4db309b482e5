import { join } from 'node:path'
import { followedLines, type LineSource } from '../docker/followed-lines.ts'
import { LABELS } from '../docker/labels.ts'
import { type TimedLine, timedLines } from '../docker/log-frames.ts'
import { type Clock, pause } from '../fleet/clock.ts'
import { startsIn } from '../fleet/instance-record.ts'
import { parseInstanceId, slotOf, startOf } from '../fleet/layout.ts'
import type { LogLine, Target } from '../target.ts'
import { readOutput } from './kept-output.ts'
import { linesOf } from './service-lines.ts'
import type { Swarm } from './swarm-api.ts'

/** A node that does not answer keeps what was printed there to itself. */
const ANSWER_MS = 3_000
const STREAMS = ['stdout', 'stderr'] as const

/** Where a start's output is: a service's, or what was kept of one that is gone. */
interface Source {
  instance: string
  release: string
  service: string | null
}

type Service = Source & LineSource

/** The last lines of each stream of each slot, over its starts; then new ones as they are printed, while `follow`. */
export async function* swarmLogs(
  at: { swarm: Swarm; labels: Record<string, string>; instancesFolder: string; clock: Clock },
  options: Parameters<Target['logs']>[1],
): AsyncIterable<LogLine> {
  const { lines, follow, release } = options
  const since = at.clock.now()
  const sources = await sourcesOf(at, release)
  for (const slot of Map.groupBy(sources, ({ instance }) => slotOf(instance)).values()) {
    for (const stream of STREAMS) yield* await lastOf(at, slot, stream, lines)
  }
  if (follow === undefined) return
  const { swarm, labels } = at
  const sourcesNow = () => servicesOf(swarm, labels, release)
  const listen = (source: Service) => newLines(swarm, source, since, follow)
  yield* followedLines({ sources: sourcesNow, listen, follow }, at.clock)
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
  return [...services, ...gone].sort((a, b) => startOf(b.instance) - startOf(a.instance))
}

async function servicesOf(
  swarm: Swarm,
  labels: Record<string, string>,
  release?: string,
): Promise<Service[]> {
  const wanted = release === undefined ? labels : { ...labels, [LABELS.release]: release }
  const found = await swarm.services(wanted)
  return found.map(({ id, labels: its }) => ({
    ...{ id, service: id, instance: its[LABELS.instance]!, release: its[LABELS.release]! },
    // Its output ends with the connection: what was printed is still there for the next who asks.
    isHeardAgain: false,
  }))
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
): Promise<TimedLine[]> {
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

/** What a service prints from then on; ends with it, or with the connection. */
async function* newLines(
  swarm: Swarm,
  source: Service,
  sinceMs: number,
  follow: AbortSignal,
): AsyncIterable<LogLine> {
  for await (const line of timedLines(await swarm.follow(source.id, { sinceMs }, follow)))
    yield lineOf(source, line)
}

function lineOf({ instance, release }: Source, { stream, time, text }: TimedLine): LogLine {
  return { at: Date.parse(time), instance, release, stream, line: text }
}
