import type { IncomingMessage } from 'node:http'
import type Docker from 'dockerode'

/** One line of progress, of what we look at. */
interface Progress {
  stream?: string
  error?: string
}

/** What dockerode has and its types do not: it understands what BuildKit says. */
interface Follower {
  followProgress(
    stream: NodeJS.ReadableStream,
    onEnd: (error: Error | null) => void,
    onProgress: (event: Progress) => void,
  ): void
}

/** Waits for the end of a pull or a build. Throws its error, which comes as one of the lines. */
export function finished(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onLine: (line: string) => void = () => {},
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onEnd = (error: Error | null) => {
    if (error !== null) reject(error)
    // An engine that dies in the middle says neither that it is done nor that it failed.
    else if ((stream as IncomingMessage).complete === false) reject(new Error('socket hang up'))
    else resolve()
  }
  ;(docker as unknown as Follower).followProgress(stream, onEnd, (event) => {
    if (typeof event.stream === 'string') onLine(readable(event.stream))
    if (typeof event.error === 'string') reject(new Error(event.error))
  })
  return promise
}

/** What a RUN prints comes in base64 among the engine's own lines, which always hold a blank. */
function readable(line: string): string {
  const text = line.trim()
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
  return isBase64 && text !== '' ? Buffer.from(text, 'base64').toString('utf8').trimEnd() : text
}
