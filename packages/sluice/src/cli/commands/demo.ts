import type { Command } from 'commander'
import type { Call } from '../call.ts'
import { demo } from '../demo.ts'

export function define(command: Command): void {
  command.option('--json', 'the result for a program')
}

export function run({ io, isJson }: Call): Promise<number> {
  return demo({ io, json: isJson })
}
