import { spawn } from 'node:child_process'

/** What it left running may hold its output open; that is waited for no longer than this. */
const lastWordsMs = 500

/** A program and its arguments; no shell reads them. */
export interface ProgramRun {
  words: string[]
  folder: string
  env: NodeJS.ProcessEnv
  timeoutMs: number
  /** How much of what it prints is kept: the end of it. */
  mostOutputChars: number
  signal?: AbortSignal
}

/** How a program ended. */
export interface ProgramEnd {
  /** Null where a signal ended it, or where it never began. */
  code: number | null
  signal: string | null
  /** Why it could not be started; null where it was. */
  notStarted: string | null
  /** It was not done in time, or no longer wanted, and was killed with all of its group. */
  isKilled: boolean
  /** Both streams, as they came. */
  output: string
}

/** Runs a program to its end. Never rejects. */
export function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  const [file, ...args] = run.words
  return new Promise((resolve) => {
    const child = spawn(file!, args, {
      cwd: run.folder,
      env: run.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let isKilled = false
    const keep = (chunk: string) => {
      output = (output + chunk).slice(-run.mostOutputChars)
    }
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep)
    const kill = () => {
      isKilled = true
      killGroup(child.pid)
    }
    const timer = setTimeout(kill, run.timeoutMs)
    run.signal?.addEventListener('abort', kill, { once: true })
    const end = (code: number | null, signal: string | null, notStarted: string | null) => {
      clearTimeout(timer)
      run.signal?.removeEventListener('abort', kill)
      resolve({ code, signal, notStarted, isKilled, output })
    }
    child.on('error', (error) => end(null, null, error.message))
    child.on('exit', () => {
      const hangUp = () => {
        child.stdout.destroy()
        child.stderr.destroy()
      }
      const late = setTimeout(hangUp, lastWordsMs)
      child.once('close', () => clearTimeout(late))
    })
    child.on('close', (code, signal) => end(code, signal, null))
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
