import { Readable } from 'node:stream'
import { timedLines } from '../docker/log-frames.ts'
import type { Swarm } from './swarm-api.ts'

/** One line that a service has printed. */
export interface ServiceLine {
  stream: 'stdout' | 'stderr'
  /** RFC 3339. */
  time: string
  text: string
}

/** The newest lines of one stream of a service, over its tasks, the oldest first. */
export async function linesOf(
  swarm: Pick<Swarm, 'output'>,
  service: string,
  stream: 'stdout' | 'stderr',
  count: number,
): Promise<ServiceLine[]> {
  const output = await swarm.output(service, stream, count)
  const lines: ServiceLine[] = []
  for await (const line of timedLines(Readable.from([output]))) lines.push(line)
  return lines.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)).slice(-count)
}
