import { afterAll } from 'vitest'
import { type Engine, openEngine } from './engine.ts'

let opened: Promise<Engine> | undefined

/** The engine of this test file, for tests that do it no harm: started when it is first asked for, closed after the last test. */
export function sharedEngine(): Promise<Engine> {
  opened ??= openEngine()
  return opened
}

// Importing this file is enough to have it closed.
afterAll(async () => {
  await (await opened)?.close()
})
