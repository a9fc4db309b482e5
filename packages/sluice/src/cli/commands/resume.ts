import type { Command } from 'commander'
import type { Call } from '../call.ts'
import { addOptions } from '../options.ts'
import { steer, type Wish } from '../steer.ts'

export function define(command: Command): void {
  addOptions(command, 'by', 'env', 'app', 'folder', 'json', 'home')
}

export function run(call: Call, { by }: Wish): Promise<number> {
  return steer(call, 'resume', 'resumed', by === undefined ? {} : { by })
}
