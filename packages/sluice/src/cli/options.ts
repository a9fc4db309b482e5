import type { Command } from 'commander'

/** What several commands can be told, as `callOf` reads it. */
export interface CommonOptions {
  env?: string
  app?: string
  folder?: string
  json?: boolean
  home?: string
}

const common = {
  by: ['--by <name>', 'who wants it; default: user@host'],
  env: ['-e, --env <name>', 'environment; default: the only one, or production'],
  onlyEnv: ['-e, --env <name>', 'this environment alone'],
  app: ['--app <name>', 'app; default: the one of sluice.yaml'],
  onlyApp: ['--app <name>', 'this app alone'],
  folder: ['-C, --folder <path>', 'where that sluice.yaml lies; default: here'],
  json: ['--json', 'events for a program, one JSON object per line'],
  home: ['--home <path>', 'state folder; default: $SLUICE_HOME, or ~/.sluice'],
} as const

/** Adds those that the command heeds, below its own. */
export function addOptions(command: Command, ...names: (keyof typeof common)[]): void {
  for (const [flags, description] of names.map((name) => common[name])) command.option(flags, description)
}
