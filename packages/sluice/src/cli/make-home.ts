import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { SluiceError } from '../errors.ts'
import { longestSocketPath } from '../host/socket-path.ts'
import { homeOf } from '../server/home.ts'

/** Refuses a SLUICE_HOME that can never be one, before anything is asked of it. Throws CONFIG_INVALID. */
export function checkHome(home: string): void {
  if (Buffer.byteLength(homeOf(home).agentSocket) > longestSocketPath) {
    throw refusal(`its path is too long for the sockets in it (${longestSocketPath} bytes at most): ${home}`)
  }
  const found = statSync(home, { throwIfNoEntry: false })
  if (found !== undefined && !found.isDirectory()) throw refusal(`${home} is not a folder`)
}

/**
 * Makes the folder and those above it, readable by their owner alone. One by one, because Node's recursive mkdir never
 * comes back where a folder like /proc takes none. Throws CONFIG_INVALID.
 */
export function makeHome(home: string): void {
  if (statSync(home, { throwIfNoEntry: false })?.isDirectory()) return
  const above = dirname(home)
  if (above !== home) makeHome(above)
  try {
    mkdirSync(home, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    throw refusal(`${home} cannot be made: ${(error as Error).message}`)
  }
}

function refusal(found: string): SluiceError {
  return new SluiceError(
    'CONFIG_INVALID',
    `SLUICE_HOME wants a folder of yours with a short path; ${found}`,
    {
      todo: 'Choose another one: SLUICE_HOME=~/.sluice, or --home.',
    },
  )
}
