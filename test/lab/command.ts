import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** How a program ended; `code` is null when its time was over. */
export interface Ended {
  code: number | null
  out: string
  err: string
}

export interface CommandOptions {
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** Where its input comes from; nothing without it. */
  inputFile?: string
  limitMs?: number
}

/** Runs a program to its end. What takes longer than its limit is killed: no test waits for ever. */
export function command(program: string, args: string[], options: CommandOptions = {}): Promise<Ended> {
  const input = options.inputFile === undefined ? 'ignore' : openSync(options.inputFile, 'r')
  const { cwd, env = process.env } = options
  const child = spawn(program, args, { cwd, env, stdio: [input, 'pipe', 'pipe'] })
  if (input !== 'ignore') closeSync(input)
  const limit = setTimeout(() => child.kill('SIGKILL'), options.limitMs ?? 60_000)
  let out = ''
  let err = ''
  child.stdout!.setEncoding('utf8').on('data', (chunk) => {
    out += chunk
  })
  child.stderr!.setEncoding('utf8').on('data', (chunk) => {
    err += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      clearTimeout(limit)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(limit)
      resolve({ code, out, err })
    })
  })
}

/** Runs a program that has to succeed; its output, without the blanks at the ends. */
export async function commanded(program: string, args: string[], options?: CommandOptions): Promise<string> {
  const { code, out, err } = await command(program, args, options)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${err}${out}`)
  return out.trim()
}

/** Which of these programs are not in the path. */
export function missingPrograms(programs: string[]): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return programs.filter((program) => !folders.some((folder) => existsSync(join(folder, program))))
}
