export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT' | 'SIGUSR2'

/** What is needed of the process that the app runs in. Node's own `process` is one. */
export interface HostProcess {
  on(signal: Signal, listener: () => void): unknown
  exit(code: number): unknown
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown }
}

/** How a process that was told to end has ended. Outside of what Node and shells use themselves. */
export const exitCodes = {
  /** Everything in flight was finished, and everything was closed. */
  drained: 0,
  /** Nothing was cut, but a close hook threw (EX_SOFTWARE). */
  hookFailed: 70,
  /** A second signal came or the grace ran out, and what was left was cut (EX_TEMPFAIL). */
  cut: 75,
} as const
