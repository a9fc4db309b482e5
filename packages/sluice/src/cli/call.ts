import { resolve } from 'node:path'
import { homeFolder } from '../server/home.ts'
import type { AgentClient } from './agent-client.ts'
import { ensureAgent } from './ensure-agent.ts'
import type { Io } from './io.ts'
import { checkHome } from './make-home.ts'
import type { CommonOptions } from './options.ts'
import { type Paint, paintFor } from './view/paint.ts'

/** One call of a command: the outside, and what the common options say. */
export interface Call {
  io: Io
  /** Absolute. */
  home: string
  /** Absolute: where sluice.yaml is looked for. */
  folder: string
  /** As given; see `place.ts` for what holds where it is not. */
  app: string | undefined
  environment: string | undefined
  isJson: boolean
  /** For standard output. */
  paint: Paint
}

export function callOf(io: Io, options: CommonOptions): Call {
  const home = options.home === undefined ? homeFolder(io.env) : resolve(io.cwd, options.home)
  checkHome(home)
  return {
    io,
    home,
    folder: resolve(io.cwd, options.folder ?? '.'),
    app: options.app,
    environment: options.env,
    isJson: options.json ?? false,
    paint: paintFor(io.out, io.env),
  }
}

/** Lines for a person, on standard output. */
export function print({ io }: Call, lines: string[]): void {
  if (lines.length > 0) io.out.write(`${lines.join('\n')}\n`)
}

/** One line for a program: an object of the agent's contract with its `kind`. */
export function printJson<Value extends { kind: string }>({ io }: Call, value: Value): void {
  io.out.write(`${JSON.stringify(value)}\n`)
}

/** A word about the command itself, beside its output. */
export function notice({ io }: Call, text: string): void {
  io.err.write(`${paintFor(io.err, io.env).yellow('!')} ${text}\n`)
}

/** The home's agent, started where none runs. */
export function agentOf(
  call: Call,
  tell: (text: string) => void = (text) => notice(call, text),
): Promise<AgentClient> {
  return ensureAgent({ home: call.home, env: call.io.env, program: call.io.agentProgram, notice: tell })
}
