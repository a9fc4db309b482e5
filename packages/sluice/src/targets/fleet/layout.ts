import { join } from 'node:path'
import { SluiceError } from '../../errors.ts'

/**
 * Where things are below the target's root:
 *
 *     shop/production/environment.json          the fence, and how often each slot was started
 *     shop/production/instances/r7-0-3/         one folder for each start of an instance
 *       instance.json  process                  what it is; which process it became
 *       stdout.log  stdout.log.1  stderr.log …  what it printed
 */
export function environmentFolder(root: string, environment: string): string {
  const parts = environment.split('/')
  if (parts.length !== 2) throw unsafe(environment)
  return join(root, ...parts.map(safeName))
}

/** The name itself, or BUG: names are validated by the configuration, and a path must not leave the root even so. */
export function safeName(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw unsafe(name)
  return name
}

function unsafe(name: string): SluiceError {
  return new SluiceError('BUG', `"${name}" cannot be used as the name of a folder`)
}

/** `r7-0-3`: the third start of slot 0 of r7. */
export function instanceId(release: string, slot: number, start: number): string {
  return `${safeName(release)}-${slot}-${start}`
}

/** What an instance's id says, or null for anything else. */
export function parseInstanceId(id: string): { release: string; slot: number; start: number } | null {
  const found = /^(.+)-(\d+)-(\d+)$/.exec(id)
  return found && { release: found[1]!, slot: Number(found[2]), start: Number(found[3]) }
}

/** `r7-0` of `r7-0-3`: its place within the release. What is no instance's id stands for itself. */
export function slotOf(id: string): string {
  const parsed = parseInstanceId(id)
  return parsed === null ? id : `${parsed.release}-${parsed.slot}`
}

/** 3 of `r7-0-3`: the newest start of a slot has the highest; 0 for what is no instance's id. */
export function startOf(id: string): number {
  return parseInstanceId(id)?.start ?? 0
}
