import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/*
 * Programs of others that judge what is generated. SLUICE_VALIDATORS names a folder of them, a virtual environment of
 * Python; what is missing skips its tests, and says so in one line.
 */

const folder = process.env.SLUICE_VALIDATORS ?? null

/** A path in that folder; null where it is not there, and `what` goes unjudged. */
export function inValidators(path: string, what: string): string | null {
  const found = folder === null ? null : join(folder, path)
  if (found !== null && existsSync(found)) return found
  console.log(`skipped: ${what}: ${path} is not in the folder that SLUICE_VALIDATORS names`)
  return null
}

/** A program of the machine's own; null where it has none of this name, and `what` goes unjudged. */
export function installed(program: string, what: string): string | null {
  if (spawnSync(program, ['--help']).error === undefined) return program
  console.log(`skipped: ${what}: ${program} is not installed`)
  return null
}

/** Runs one to its end, for a minute at most. */
export function judged(program: string, args: string[], cwd: string) {
  return spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 60_000 })
}
