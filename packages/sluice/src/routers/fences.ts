import { compareFences, type Fence } from '../core/fence.ts'
import type { EnvironmentId } from '../core/release.ts'
import { SluiceError } from '../errors.ts'
import { readJson, writeJson } from '../host/json-file.ts'
import { serial } from '../std/serial.ts'

/** The newest fence of each environment, kept on disk: an effect of a writer that is history stays refused after a restart. */
export interface Fences {
  /** Resolves when the fence is durable. Throws FENCED when a newer one has been seen; the same one may come again. */
  admit(environment: EnvironmentId, fence: Fence): Promise<void>
}

/** Reads the fences. Throws STORE_FAILED when they are there and cannot be read: forgetting them would admit anybody. */
export async function openFences(path: string): Promise<Fences> {
  const newest = new Map(Object.entries((await readJson<Record<EnvironmentId, Fence>>(path)) ?? {}))
  const inTurn = serial()

  async function admit(environment: EnvironmentId, fence: Fence): Promise<void> {
    const seen = newest.get(environment)
    const order = seen === undefined ? 1 : compareFences(fence, seen)
    if (seen !== undefined && order < 0) throw fenced(environment, fence, seen)
    if (order > 0) newest.set(environment, fence)
    // A repeat waits as well: it may have come while the first one was being written, or after that had failed.
    await inTurn(() => writeJson(path, Object.fromEntries(newest), { durable: true }))
  }

  return { admit }
}

function fenced(environment: EnvironmentId, fence: Fence, seen: Fence): SluiceError {
  const shown = ({ token, effect }: Fence) => `(${token}, ${effect})`
  return new SluiceError(
    'FENCED',
    `${environment} is routed by a newer writer: fence ${shown(fence)} is older than ${shown(seen)}`,
  )
}
