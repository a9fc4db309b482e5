/** How a command of the project ended. */
export interface Run {
  /** Null where it could not be started, or took too long and was ended. */
  code: number | null
  /** What it printed, both streams as they came; the middle is left out of what is long. */
  output: string
  tookMs: number
  /** Why there is no code. */
  why?: string
}

/** What a check may do that runs commands; handed in, and bounded there. */
export interface Execution {
  /**
   * Runs a command in the app's folder, without a shell; SIGTERM at the end of its time, then SIGKILL, to all that it
   * started. Never throws. The environment is this machine's, with `CI=true`.
   */
  run(command: string[], options?: { timeoutMs?: number; env?: Record<string, string> }): Promise<Run>
}
