import { type Clock, pause } from '../fleet/clock.ts'
import { parseInstanceId } from '../fleet/layout.ts'
import type { LogLine, Target } from '../target.ts'
import type { Engine } from './engine.ts'
import { LABELS } from './labels.ts'
import { logFrames } from './log-frames.ts'

/** How often to look for containers that are new. */
const LOOK_MS = 500
const STREAMS = ['stdout', 'stderr'] as const

interface Source {
  id: string
  instance: string
  release: string
}

/** The last lines of each stream of each slot, over its starts; then new ones as they are printed, while `follow`. */
export async function* dockerLogs(
  engine: Engine,
  labels: Record<string, string>,
  options: Parameters<Target['logs']>[1],
  clock: Clock,
): AsyncIterable<LogLine> {
  const { lines, follow } = options
  const since = clock.now()
  const sources = await sourcesOf(engine, labels, options.release)
  for (const slot of Map.groupBy(sources, slotOf).values()) {
    for (const stream of STREAMS) yield* await lastOf(engine, slot, stream, lines)
  }
  if (follow !== undefined) yield* followed(engine, labels, { ...options, follow, since }, clock)
}

/** The newest start first. */
async function sourcesOf(
  engine: Engine,
  labels: Record<string, string>,
  release?: string,
): Promise<Source[]> {
  const wanted = release === undefined ? labels : { ...labels, [LABELS.release]: release }
  const found = await engine.containers(wanted)
  const startOf = ({ instance }: Source) => parseInstanceId(instance)?.start ?? 0
  return found
    .map(({ id, labels: its }) => ({ id, instance: its[LABELS.instance]!, release: its[LABELS.release]! }))
    .sort((a, b) => startOf(b) - startOf(a))
}

function slotOf({ instance }: Source): string {
  const parsed = parseInstanceId(instance)
  return parsed === null ? instance : `${parsed.release}-${parsed.slot}`
}

async function lastOf(
  engine: Engine,
  newestFirst: Source[],
  stream: (typeof STREAMS)[number],
  count: number,
): Promise<LogLine[]> {
  let found: LogLine[] = []
  for (const source of newestFirst) {
    if (found.length >= count) break
    const lines = await engine.lastLines(source.id, stream, count - found.length)
    found = [...lines.map((line) => lineOf(source, stream, line)), ...found]
  }
  return found
}

async function* followed(
  engine: Engine,
  labels: Record<string, string>,
  { release, follow, since }: { release?: string; follow: AbortSignal; since: number },
  clock: Clock,
): AsyncIterable<LogLine> {
  const heard = new Set<string>()
  const waiting: LogLine[] = []
  let wake = Promise.withResolvers<void>()

  async function hear(source: Source): Promise<void> {
    const stream = await engine.follow(source.id, since, follow)
    const rest = { stdout: '', stderr: '' }
    for await (const frame of logFrames(stream)) {
      const lines = (rest[frame.stream] + frame.text).split('\n')
      rest[frame.stream] = lines.pop()!
      waiting.push(...lines.map((line) => lineOf(source, frame.stream, line)))
      wake.resolve()
    }
  }

  while (!follow.aborted) {
    for (const source of await sourcesOf(engine, labels, release)) {
      if (heard.has(source.id)) continue
      heard.add(source.id)
      // Ends with its container, or with the connection: what was printed is still there for the next who asks.
      void hear(source).catch(() => {})
    }
    await Promise.race([wake.promise, pause(clock, LOOK_MS, follow)])
    wake = Promise.withResolvers()
    yield* waiting.splice(0)
  }
}

/** A line as the engine gives it begins with its time. */
function lineOf({ instance, release }: Source, stream: LogLine['stream'], line: string): LogLine {
  const blank = line.indexOf(' ')
  const at = Date.parse(line.slice(0, blank))
  return { at, instance, release, stream, line: line.slice(blank + 1).replace(/\r$/, '') }
}
