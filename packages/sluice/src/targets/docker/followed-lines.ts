import { type Clock, pause } from '../fleet/clock.ts'
import type { LogLine } from '../target.ts'

/** How often to look for sources that are new. */
const LOOK_MS = 500

/** Something that prints: a container, a service. */
export interface LineSource {
  id: string
  /** Whether it is listened to again when its lines have ended: it still runs, so only the connection is over. */
  isHeardAgain: boolean
}

/** What all sources print from now on, those included that come later, as it comes; until `follow` aborts. */
export async function* followedLines<Source extends LineSource>(
  given: {
    sources(): Promise<Source[]>
    listen(source: Source): AsyncIterable<LogLine>
    follow: AbortSignal
  },
  clock: Clock,
): AsyncIterable<LogLine> {
  const { follow } = given
  const heard = new Set<string>()
  const waiting: LogLine[] = []
  let wake = Promise.withResolvers<void>()

  async function hear(source: Source): Promise<void> {
    for await (const line of given.listen(source)) {
      waiting.push(line)
      wake.resolve()
    }
  }

  while (!follow.aborted) {
    // An outside that cannot be asked now is asked again.
    for (const source of await given.sources().catch(() => [])) {
      if (heard.has(source.id)) continue
      heard.add(source.id)
      const isOver = () => source.isHeardAgain && heard.delete(source.id)
      hear(source).then(isOver, isOver)
    }
    await Promise.race([wake.promise, pause(clock, LOOK_MS, follow)])
    wake = Promise.withResolvers()
    yield* waiting.splice(0)
  }
}
