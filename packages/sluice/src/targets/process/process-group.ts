import { SluiceError } from '../../errors.ts'
import { isAlive, type ProcessIdentity, presenceOf } from '../../host/process-identity.ts'
import { allProcesses, type ProcessRow } from '../../host/process-table.ts'
import { type Clock, pause } from '../fleet/clock.ts'

/** How often to look whether a group has gone. */
const LOOK_MS = 20
/** What was killed is gone within this, or hangs in the kernel. */
const KILLED_WITHIN_MS = 30_000

/** The live processes of the group that this process leads, whether or not it is alive itself. */
export async function groupMembers(leader: ProcessIdentity): Promise<ProcessRow[]> {
  // A pid is not given out again while a group bears its number, so a stranger with it proves that the group is empty.
  if (presenceOf(leader) === 'replaced') return []
  return (await allProcesses()).filter((row) => row.group === leader.pid && !row.isZombie)
}

/**
 * Ends the group that this process leads: SIGTERM, `graceMs`, SIGKILL. Resolves when nobody is left in it, children
 * that outlived their parent included. Throws TIMED_OUT for what does not die, or when `signal` aborts first.
 */
export async function endGroup(
  leader: ProcessIdentity,
  options: { graceMs: number; clock: Clock; signal: AbortSignal },
): Promise<void> {
  if (await isEmpty(leader)) return
  send(leader, 'SIGTERM')
  if (await becomesEmpty(leader, options.graceMs, options)) return
  send(leader, 'SIGKILL')
  if (await becomesEmpty(leader, KILLED_WITHIN_MS, options)) return
  throw new SluiceError('TIMED_OUT', `process group ${leader.pid} still has live members after SIGKILL`, {
    todo: `ps -o pid,stat,wchan,args -g ${leader.pid}`,
  })
}

/** SIGKILL to the group of exactly this process; nothing where it is gone already. */
export function killGroup(leader: ProcessIdentity): void {
  if (isAlive(leader)) send(leader, 'SIGKILL')
}

async function becomesEmpty(
  leader: ProcessIdentity,
  withinMs: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<boolean> {
  const deadline = clock.now() + withinMs
  do {
    await pause(clock, Math.min(LOOK_MS, withinMs), signal)
    if (await isEmpty(leader)) return true
    if (signal.aborted)
      throw new SluiceError('TIMED_OUT', `let go of process group ${leader.pid} while it was ending`)
  } while (clock.now() < deadline)
  return false
}

/** The kernel's own answer first; it counts zombies, which a careless init never collects, so a yes is looked at again. */
async function isEmpty(leader: ProcessIdentity): Promise<boolean> {
  const presence = presenceOf(leader)
  if (presence !== 'ended') return presence === 'replaced'
  return !exists(leader.pid) || (await groupMembers(leader)).length === 0
}

function exists(group: number): boolean {
  try {
    process.kill(-group, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function send(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader.pid, signal)
  } catch (error) {
    // Everybody left between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
