import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 10
const NS_PER_MS = 1_000_000

/** How late the event loop was in the last window: 99 of 100 turns were no later than this many milliseconds. */
export function watchEventLoop(windowMs: number): () => number {
  const turns = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  let lastWindowMs = 0
  turns.enable()
  // What is measured is the time from tick to tick, which is never less than the resolution.
  const delayMs = () => Math.max(0, turns.percentile(99) / NS_PER_MS - RESOLUTION_MS)
  setInterval(() => {
    lastWindowMs = delayMs()
    turns.reset()
  }, windowMs).unref()
  return () => Math.round(Math.max(lastWindowMs, delayMs()))
}
