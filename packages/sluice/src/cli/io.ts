import type { Ms } from '../core/release.ts'

/** Standard output or standard error. */
export interface Channel {
  write(text: string): void
  /** Null where nobody looks at it: a pipe, a file. */
  terminal: { columns: number; rows: number } | null
}

/** All that a command has of the outside. Tests hand in their own. */
export interface Io {
  out: Channel
  err: Channel
  env: NodeJS.ProcessEnv
  cwd: string
  now(): Ms
  /** Aborted when the person presses Ctrl-C. */
  interrupt: AbortSignal
  /** A program and its arguments that start an agent, before `agent --home …`. */
  agentProgram(home: string): Promise<string[]>
}
