import type { Clock } from '../fleet/clock.ts'
import { slotOf, startOf } from '../fleet/layout.ts'
import type { LogLine, Target } from '../target.ts'
import type { Engine } from './engine.ts'
import { followedLines, type LineSource } from './followed-lines.ts'
import { LABELS } from './labels.ts'
import { byTime, type TimedLine } from './log-frames.ts'

/** A container. */
interface Source extends LineSource {
  instance: string
  release: string
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
  const slots = [...Map.groupBy(sources, ({ instance }) => slotOf(instance)).values()]
  const found = await Promise.all(slots.map((slot) => lastOf(engine, slot, lines, marks)))
  yield* found
    .flat()
    .sort(byTime)
    .map(({ line }) => line)
  if (follow === undefined) return
  const listen = (source: Source) => newLines(engine, source, marks, follow)
  yield* followedLines({ sources: () => sourcesOf(engine, labels, release), listen, follow }, clock)
}

/** The newest start first. */
async function sourcesOf(
  engine: Engine,
  labels: Record<string, string>,
  release?: string,
): Promise<Source[]> {
  const wanted = release === undefined ? labels : { ...labels, [LABELS.release]: release }
  const found = await engine.containers(wanted)
  return found
    .map(({ id, isRunning, labels: its }) => ({
      ...{ id, isHeardAgain: isRunning, instance: its[LABELS.instance]!, release: its[LABELS.release]! },
    }))
    .sort((a, b) => startOf(b.instance) - startOf(a.instance))
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

/** New lines of a container, from where it has been read to. */
async function* newLines(
  engine: Engine,
  source: Source,
  marks: Marks,
  follow: AbortSignal,
): AsyncIterable<LogLine> {
  const mark = marks.get(source.id) ?? ''
  for await (const line of engine.follow(source.id, Date.parse(mark) || 0, follow)) {
    // The engine is asked by the millisecond.
    if (line.time <= mark) continue
    marks.set(source.id, line.time)
    yield lineOf(source, line)
  }
}

function lineOf({ instance, release }: Source, { stream, time, text }: TimedLine): LogLine {
  return { at: Date.parse(time), instance, release, stream, line: text }
}
