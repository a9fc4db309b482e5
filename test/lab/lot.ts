import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive, isProcessIdentity, ownIdentity } from '../../packages/sluice/src/host/process-identity.ts'
import { commanded } from './command.ts'
import { networkOf, removeRemains } from './remains.ts'

/**
 * A piece of this machine for one fixture: a folder and a network. All that grows there (processes, cgroups, bridges,
 * namespaces, firewall rules) bears its name, so it can be found and removed without a record, also after a crash.
 */
export interface Lot {
  /** For example `sl-130`; short enough for the name of a network interface. */
  name: string
  folder: string
  /** The first two numbers of every address in it: `10.130`. */
  network: string
  clear(): Promise<void>
}

/** Where all lots are, and beside them what is worth keeping from run to run. */
export const labFolder = join(tmpdir(), 'sluice-lab')

/** Takes a lot, after removing those whose owners died without clearing up. */
export async function openLot(): Promise<Lot> {
  mkdirSync(labFolder, { recursive: true })
  await sweep()
  const name = await claimName()
  const folder = join(labFolder, name)
  cleared.delete(name)
  const clear = () => {
    cleared.add(name)
    return removeRemains(name, folder)
  }
  return { name, folder, network: networkOf(name), clear }
}

const cleared = new Set<string>()

/** Whether a lot of this process is being cleared, or is: what ends there is meant to. */
export function isCleared(name: string): boolean {
  return cleared.has(name)
}

async function sweep(): Promise<void> {
  for (const name of readdirSync(labFolder).filter((entry) => entry.startsWith('new-'))) {
    const folder = join(labFolder, name)
    if (minutesOld(folder) > 10) rmSync(folder, { recursive: true, force: true })
  }
  for (const name of lotNames()) {
    const folder = join(labFolder, name)
    if (!isOwned(folder)) await removeRemains(name, folder)
  }
}

/** What is being put together is renamed within seconds. */
function minutesOld(path: string): number {
  return (Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())) / 60_000
}

function lotNames(): string[] {
  return readdirSync(labFolder).filter((entry) => /^sl-\d{3}$/.test(entry))
}

function isOwned(folder: string): boolean {
  try {
    const owner: unknown = JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'))
    return isProcessIdentity(owner) && isAlive(owner)
  } catch {
    return false
  }
}

/** A folder with content cannot be renamed onto another one, so a name is given out once, and never without an owner. */
async function claimName(): Promise<string> {
  const prepared = mkdtempSync(join(labFolder, 'new-'))
  writeFileSync(join(prepared, 'owner.json'), JSON.stringify(ownIdentity()))
  const taken = await networksInUse()
  const first = Math.floor(Math.random() * 150)
  for (let step = 0; step < 150; step += 1) {
    const name = `sl-${100 + ((first + step) % 150)}`
    if (taken.includes(`${networkOf(name)}.`)) continue
    try {
      renameSync(prepared, join(labFolder, name))
      return name
    } catch {
      // Somebody else has it.
    }
  }
  rmSync(prepared, { recursive: true })
  throw new Error(`no network is free for the test lab; its lots are in ${labFolder}`)
}

async function networksInUse(): Promise<string> {
  return (await commanded('ip', ['-4', 'route', 'show', 'table', 'all'])).replaceAll('/', '.')
}
