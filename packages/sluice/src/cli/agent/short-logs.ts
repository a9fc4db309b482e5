import { rotateFile } from '../../host/rotated-file.ts'
import { type Clock, systemClock } from '../../runtime/clock.ts'

/** How often the logs are looked at. */
const lookMs = 10_000

/** Rotates these logs when they have grown too long, now and again and again, until it is closed. */
export function keepShort(
  logs: string[],
  { clock = systemClock, limitBytes }: { clock?: Clock; limitBytes?: number } = {},
): { close(): void } {
  let isOver = false
  let callOff = () => {}

  async function look(): Promise<void> {
    // What could not be rotated now is tried again with the next look.
    await Promise.all(logs.map((log) => rotateFile(log, limitBytes).catch(() => false)))
    if (!isOver) callOff = clock.at(clock.now() + lookMs, () => void look())
  }

  void look()
  return {
    close() {
      isOver = true
      callOff()
    },
  }
}
