import { Readable } from 'node:stream'
import { byTime, type TimedLine, timedLines } from '../docker/log-frames.ts'
import type { Swarm } from './swarm-api.ts'

/** The newest lines of one stream of a service, over its tasks, the oldest first. */
export async function linesOf(
  swarm: Pick<Swarm, 'output'>,
  service: string,
  stream: 'stdout' | 'stderr',
  count: number,
): Promise<TimedLine[]> {
  const output = await swarm.output(service, stream, count)
  const lines: TimedLine[] = []
  for await (const line of timedLines(Readable.from([output]))) lines.push(line)
  return lines.toSorted(byTime).slice(-count)
}
