import { rotateFile } from '../../host/rotated-file.ts'
import { type Clock, repeat, systemClock } from '../../runtime/clock.ts'

/** How often the logs are looked at. */
const lookMs = 10_000

/** Rotates these logs when they have grown too long, now and again and again, until it is closed. */
export function keepShort(
  logs: string[],
  { clock = systemClock, limitBytes }: { clock?: Clock; limitBytes?: number } = {},
): { close(): void } {
  const close = repeat(clock, { everyMs: lookMs, firstInMs: 0 }, async () => {
    // What could not be rotated now is tried again with the next look.
    await Promise.all(logs.map((log) => rotateFile(log, limitBytes).catch(() => false)))
  })
  return { close }
}
