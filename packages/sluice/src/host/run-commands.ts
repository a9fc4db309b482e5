import { spawn } from 'node:child_process'

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
/** What it left running may hold its output open; that is waited for no longer than this. */
const lastWordsMs = 500

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

function runOne(
  { command, timeoutMs }: UserCommand,
  options: { folder: string; env: NodeJS.ProcessEnv },
): Promise<CommandResult> {
  const [file, ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
  const shown = typeof command === 'string' ? command : command.join(' ')
  return new Promise((resolve) => {
    const child = spawn(file!, args, {
      cwd: options.folder,
      env: options.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    let isLate = false
    const keep = (chunk: string) => {
      text = (text + chunk).slice(-mostOutputChars)
    }
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep)
    const timer = setTimeout(() => {
      isLate = true
      killGroup(child.pid)
    }, timeoutMs)
    const end = (message: string) => {
      clearTimeout(timer)
      const output = text
        .split('\n')
        .filter((line) => line !== '')
        .slice(-lastLines)
      resolve({ ok: message === '', message, output })
    }
    child.on('error', (error) => end(`"${shown}" could not be started: ${error.message}`))
    child.on('exit', () => {
      const hangUp = () => {
        child.stdout.destroy()
        child.stderr.destroy()
      }
      const late = setTimeout(hangUp, lastWordsMs)
      child.once('close', () => clearTimeout(late))
    })
    child.on('close', (code, signal) => {
      if (isLate) end(`"${shown}" was not done after ${timeoutMs / 1_000} s and was ended`)
      else if (code === 0) end('')
      else end(`"${shown}" ended with ${code === null ? `signal ${signal}` : `exit code ${code}`}`)
    })
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended in the meantime.
  }
}
