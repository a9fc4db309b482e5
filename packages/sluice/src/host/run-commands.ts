import { type ProgramEnd, runProgram } from './run-program.ts'

/** A command of the user’s own. */
export interface UserCommand {
  /** A shell command line, or an argument vector that runs without a shell. */
  command: string | string[]
  timeoutMs: number
}

export interface CommandResult {
  ok: boolean
  message: string
  /** Its last lines. */
  output: string[]
}

const mostOutputChars = 64 * 1024
const lastLines = 20

/** Runs commands one after another in `folder`; the first that fails ends it. A command that is too slow is killed with its children. */
export async function runCommands(
  commands: UserCommand[],
  options: { folder: string; env: NodeJS.ProcessEnv },
): Promise<CommandResult> {
  let output: string[] = []
  for (const one of commands) {
    const result = await runOne(one, options)
    output = [...output, ...result.output].slice(-lastLines)
    if (!result.ok) return { ...result, output }
  }
  return { ok: true, message: '', output }
}

async function runOne(
  { command, timeoutMs }: UserCommand,
  { folder, env }: { folder: string; env: NodeJS.ProcessEnv },
): Promise<CommandResult> {
  const words = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
  const shown = typeof command === 'string' ? command : command.join(' ')
  const end = await runProgram({ words, folder, env, timeoutMs, mostOutputChars })
  const lines = end.output.split('\n').filter((line) => line !== '')
  const failure = failureOf(end, timeoutMs)
  const message = failure === null ? '' : `"${shown}" ${failure}`
  return { ok: failure === null, message, output: lines.slice(-lastLines) }
}

function failureOf({ code, signal, notStarted, isKilled }: ProgramEnd, timeoutMs: number): string | null {
  if (notStarted !== null) return `could not be started: ${notStarted}`
  if (isKilled) return `was not done after ${timeoutMs / 1_000} s and was ended`
  if (code === 0) return null
  return `ended with ${code === null ? `signal ${signal}` : `exit code ${code}`}`
}
