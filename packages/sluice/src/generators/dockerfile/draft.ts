import type { CommonFacts } from '../../detect/facts.ts'

/** A Dockerfile in the making: its lines below the first two, and what has to be known beside it. */
export interface Draft {
  lines: string[]
  /** Paths of the context that it copies, which an ignore file must not take from it. */
  needs: string[]
  /** Made by a build, or only for it: not to be copied from the machine that builds. */
  made: string[]
  notes: string[]
  /** Where the build has to begin, seen from the project; null: the app's own folder. */
  contextAbove: string | null
}

/** Numeric, because an orchestrator cannot tell whether a name is root. Above 10000, so that no user of the machine has it. */
export const userLine = 'USER 10001:10001'

/** What an app listens on when nobody says. */
export function portOf({ port }: CommonFacts, otherwise: number): number {
  const value = port?.value ?? otherwise
  return Number.isInteger(value) && value > 0 && value < 65_536 ? value : otherwise
}
