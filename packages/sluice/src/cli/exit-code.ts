import type { Reason } from '../core/rollout.ts'
import type { DrillRecord } from '../runtime/drill-records.ts'
import type { RolloutSummary } from '../server/contract.ts'

/** Every way a command ends. Those of an error's kind stand in errors.ts: 2, 3, 4 and 70. */
export const exitCode = {
  done: 0,
  usage: 2,
  refused: 3,
  outside: 4,
  rolledBack: 10,
  rollbackFailed: 11,
  aborted: 12,
  waitsForPerson: 13,
  /** A check that has to hold is not known to hold, and none is known not to. */
  unproven: 14,
  bug: 70,
  /** As shells say of a program that Ctrl-C ended. */
  interrupted: 130,
} as const

const ofReason: { [K in Reason['kind']]: number } = {
  evidence: exitCode.rolledBack,
  health: exitCode.rolledBack,
  hook: exitCode.rolledBack,
  outside: exitCode.outside,
  person: exitCode.aborted,
  superseded: exitCode.aborted,
}

/** How watching a rollout ended: with the rollout, or before it. */
export type Watched =
  | { how: 'over'; rollout: RolloutSummary }
  | { how: 'started' | 'waiting'; rollout: RolloutSummary }
  /** By Ctrl-C. `isStuck`: the outside refuses the way back again and again. */
  | { how: 'interrupted'; rollout: RolloutSummary | null; isStuck: boolean }

/** The exit code of a command that watched a rollout. */
export function exitCodeOf(watched: Watched): number {
  switch (watched.how) {
    case 'over':
      return exitCodeOfEnd(watched.rollout)
    case 'started':
      return watched.rollout.waitsFor === null ? exitCode.done : exitCode.waitsForPerson
    case 'waiting':
      return exitCode.waitsForPerson
    case 'interrupted':
      return watched.isStuck ? exitCode.rollbackFailed : exitCode.interrupted
  }
}

/**
 * The exit code of a drill. A fault that nobody noticed is a rollback that would not have been; one that could not be
 * tried is the outside's; and a user who met the broken copy is a bug of ours.
 */
export function exitCodeOfDrill({ results, users }: Pick<DrillRecord, 'results' | 'users'>): number {
  if (users.toCopy > 0) return exitCode.bug
  const outcomes = results.map(({ outcome }) => outcome)
  if (outcomes.includes('missed')) return exitCode.rollbackFailed
  if (outcomes.includes('aborted')) return exitCode.aborted
  return outcomes.includes('disturbed') ? exitCode.outside : exitCode.done
}

function exitCodeOfEnd({ kind, status, reason }: RolloutSummary): number {
  if (status === 'succeeded' || reason === null) return exitCode.done
  const code = ofReason[reason.kind]
  // A rollback that went back itself has not brought the users where they were meant to be.
  return kind === 'rollback' && code !== exitCode.aborted ? exitCode.rollbackFailed : code
}
