import type { Command } from 'commander'
import type { Call } from '../call.ts'
import { addOptions } from '../options.ts'
import { steer, type Wish } from '../steer.ts'

export function define(command: Command): void {
  command.option('--full', 'all gates and analyses to come as well')
  addOptions(command, 'by', 'env', 'app', 'folder', 'json', 'home')
}

export function run(call: Call, { by, full = false }: Wish): Promise<number> {
  return steer(call, 'promote', full ? 'promoted in full' : 'promoted', {
    full,
    ...(by === undefined ? {} : { by }),
  })
}
