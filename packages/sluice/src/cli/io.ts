import type { Ms } from '../core/release.ts'

/** Standard output or standard error. */
export interface Channel {
  write(text: string): void
  /** Null where nobody looks at it: a pipe, a file. */
  terminal: { columns: number; rows: number } | null
}

/** The person at the keyboard. Each answer is null when they press Ctrl-C instead. */
export interface Asker {
  /** One of several; `hint` says more of a choice. */
  choose(message: string, choices: { value: string; hint: string }[]): Promise<string | null>
  /** Any number of several, with some chosen already. */
  several<Value extends string>(
    message: string,
    choices: { value: Value; hint: string }[],
    chosen: Value[],
  ): Promise<Value[] | null>
  /** A line of text. */
  text(message: string, placeholder: string): Promise<string | null>
  agree(message: string): Promise<boolean | null>
}

/** All that a command has of the outside. Tests hand in their own. */
export interface Io {
  out: Channel
  err: Channel
  env: NodeJS.ProcessEnv
  cwd: string
  /** Null where nobody sits at a keyboard. */
  asker: Asker | null
  now(): Ms
  /** Aborted when the person presses Ctrl-C. */
  interrupt: AbortSignal
  /** A program and its arguments that start an agent, before `agent --home …`. */
  agentProgram(home: string): Promise<string[]>
}
