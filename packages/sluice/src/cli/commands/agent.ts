import { join } from 'node:path'
import type { Command } from 'commander'
import type { Call } from '../call.ts'
import { ownVersion, packageFolder } from '../version.ts'

export function define(command: Command): void {
  command.requiredOption('--home <path>', 'state folder')
}

export async function run({ home }: Call): Promise<number> {
  const { agent } = await import('../agent.ts')
  const command = [process.execPath, join(packageFolder, 'bin', 'sluice.js'), 'agent', '--home', home]
  return agent({ home, version: ownVersion(), command })
}
