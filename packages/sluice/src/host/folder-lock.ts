import { DatabaseSync } from 'node:sqlite'

/** Held until `release`, or until the process ends in whatever way. */
export interface FolderLock {
  release(): void
}

const busy = 5 // SQLITE_BUSY

/**
 * Takes the lock file for this process; null while another living process has it. Node has no flock of its own, and a
 * pid in a file can be stale or raced for; SQLite's lock is the kernel's, which drops it with its holder.
 */
export function takeLock(path: string): FolderLock | null {
  const lock = new DatabaseSync(path)
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode === busy) return null
    throw error
  }
  return { release: () => lock.close() }
}
