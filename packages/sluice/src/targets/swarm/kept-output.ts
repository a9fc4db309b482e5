import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TimedLine, timedLines } from '../docker/log-frames.ts'
import { type Clock, pause } from '../fleet/clock.ts'
import type { Swarm } from './swarm-api.ts'

/** What a person may still want to see of an instance that is gone. */
const KEPT_LINES = 500
/** What was printed last comes within this, or its node does not answer. */
const LAST_WORDS_MS = 100

/**
 * Writes down what a service has printed and prints until the returned function is called: with its tasks Swarm removes
 * their output. What cannot be had is not kept; nothing waits for it.
 */
export function keepOutput(
  swarm: Pick<Swarm, 'follow'>,
  service: string,
  folder: string,
  { clock, closed }: { clock: Clock; closed: AbortSignal },
): () => Promise<void> {
  const over = new AbortController()
  const writing = write(swarm, service, folder, AbortSignal.any([over.signal, closed])).catch(() => {})
  return async () => {
    await Promise.race([writing, pause(clock, LAST_WORDS_MS, closed)])
    over.abort()
    await writing
  }
}

/** What was kept of an instance, the oldest first. */
export async function readOutput(folder: string): Promise<TimedLine[]> {
  const text = await readFile(fileIn(folder), 'utf8').catch(() => '')
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as TimedLine)
}

async function write(
  swarm: Pick<Swarm, 'follow'>,
  service: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const source = await swarm.follow(service, { last: KEPT_LINES }, signal)
  const file = createWriteStream(fileIn(folder), { flags: 'a', mode: 0o600 })
  file.on('error', () => {})
  try {
    for await (const { stream, time, text } of timedLines(source)) {
      file.write(`${JSON.stringify({ stream, time, text })}\n`)
    }
  } finally {
    await new Promise<void>((resolve) => void file.end(() => resolve()))
  }
}

const fileIn = (folder: string) => join(folder, 'output.jsonl')
