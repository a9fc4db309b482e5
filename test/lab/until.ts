import { setTimeout as pause } from 'node:timers/promises'

/** Asks again and again until there is an answer that is not null; `what` is said when there was none in time. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null> | T | null,
  limitMs = 40_000,
): Promise<T> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`)
    await pause(25)
  }
}
