import { type Clock, pause } from '../fleet/clock.ts'
import { parseInstanceId } from '../fleet/layout.ts'
import type { LogLine, Target } from '../target.ts'
import type { Engine } from './engine.ts'
import { LABELS } from './labels.ts'
import type { TimedLine } from './log-frames.ts'

/** How often to look for containers that are new. */
const LOOK_MS = 500

interface Source {
  id: string
  instance: string
  release: string
  isRunning: boolean
}

/** How far a container's output has been read: the time of its last line, as the engine writes it. */
type Marks = Map<string, string>

/**
 * The last lines of each slot, over its starts, all of them in the order in which they were printed; then new ones as they
 * are printed, while `follow`.
 */
export async function* dockerLogs(
  engine: Engine,
  labels: Record<string, string>,
  options: Parameters<Target['logs']>[1],
  clock: Clock,
): AsyncIterable<LogLine> {
  const { lines, follow, release } = options
  const marks: Marks = new Map()
  const sources = await sourcesOf(engine, labels, release)
  const slots = [...Map.groupBy(sources, slotOf).values()]
  const found = await Promise.all(slots.map((slot) => lastOf(engine, slot, lines, marks)))
  // A time to the nanosecond, always as many digits: in the order of the alphabet it is in its own.
  yield* found
    .flat()
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
    .map(({ line }) => line)
  if (follow !== undefined) yield* followed(engine, labels, { release, follow, marks }, clock)
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
    .map(({ id, isRunning, labels: its }) => ({
      ...{ id, isRunning, instance: its[LABELS.instance]!, release: its[LABELS.release]! },
    }))
    .sort((a, b) => startOf(b) - startOf(a))
}

function slotOf({ instance }: Source): string {
  const parsed = parseInstanceId(instance)
  return parsed === null ? instance : `${parsed.release}-${parsed.slot}`
}

async function lastOf(
  engine: Engine,
  newestFirst: Source[],
  count: number,
  marks: Marks,
): Promise<{ time: string; line: LogLine }[]> {
  const found: { time: string; line: LogLine }[] = []
  for (const source of newestFirst) {
    // One at least, even where none is shown: what follows begins behind it.
    const lines = await engine.lastLines(source.id, Math.max(1, count - found.length))
    marks.set(source.id, lines.at(-1)?.time ?? '')
    if (found.length >= count) continue
    found.push(...lines.map((line) => ({ time: line.time, line: lineOf(source, line) })))
  }
  return found
}

async function* followed(
  engine: Engine,
  labels: Record<string, string>,
  { release, follow, marks }: { release: string | undefined; follow: AbortSignal; marks: Marks },
  clock: Clock,
): AsyncIterable<LogLine> {
  const heard = new Set<string>()
  const waiting: LogLine[] = []
  let wake = Promise.withResolvers<void>()

  async function hear(source: Source): Promise<void> {
    const mark = marks.get(source.id) ?? ''
    for await (const line of engine.follow(source.id, Date.parse(mark) || 0, follow)) {
      // The engine is asked by the millisecond.
      if (line.time <= mark) continue
      marks.set(source.id, line.time)
      waiting.push(lineOf(source, line))
      wake.resolve()
    }
  }

  while (!follow.aborted) {
    // An engine that cannot be asked now is asked again.
    for (const source of await sourcesOf(engine, labels, release).catch(() => [])) {
      if (heard.has(source.id)) continue
      heard.add(source.id)
      // Ends with its container, or with the connection, after which one that still runs is listened to again.
      const isOver = () => source.isRunning && heard.delete(source.id)
      hear(source).then(isOver, isOver)
    }
    await Promise.race([wake.promise, pause(clock, LOOK_MS, follow)])
    wake = Promise.withResolvers()
    yield* waiting.splice(0)
  }
}

function lineOf({ instance, release }: Source, { stream, time, text }: TimedLine): LogLine {
  return { at: Date.parse(time), instance, release, stream, line: text }
}
