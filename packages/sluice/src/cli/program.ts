import { Command, CommanderError } from 'commander'
import { factsOf } from '../errors.ts'
import { isUnreachable } from './agent-client.ts'
import { callOf } from './call.ts'
import type { CommandModule } from './commands/command.ts'
import { type CommandEntry, commands } from './commands/index.ts'
import { exitCode } from './exit-code.ts'
import type { Io } from './io.ts'
import type { CommonOptions } from './options.ts'
import { ownVersion } from './version.ts'
import { errorExitCode, errorLines } from './view/error.ts'
import { paintFor } from './view/paint.ts'

/** Runs one command line and says with which exit code it ends. Never throws. */
export async function runProgram(argv: string[], io: Io): Promise<number> {
  let code: number = exitCode.done
  const program = programOf(io, (ended) => {
    code = ended
  })
  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage
    // Ctrl-C cuts the connection, and whoever pressed it knows why.
    if (io.interrupt.aborted && isUnreachable(error)) return exitCode.interrupted
    return failed(error, argv.includes('--json'), io)
  }
}

function programOf(io: Io, done: (code: number) => void): Command {
  const program = new Command('sluice')
    .description(
      'Moves an app from one version to the next without its users noticing, and back when it is worse.',
    )
    .version(ownVersion(), '-v, --version', 'the version of sluice')
    .helpOption('-h, --help', 'help for a command')
    .helpCommand(false)
    .showHelpAfterError('See: sluice --help')
  quietly(program, io)
  for (const [name, entry] of Object.entries(commands)) addCommand(program, name, entry)
  // A command's own file is read when it is called, so that the quick ones stay quick.
  program.hook('preSubcommand', async (_, command) => {
    define(command, await commands[command.name() as keyof typeof commands].load(), io, done)
  })
  return program
}

function addCommand(program: Command, name: string, { group, summary }: CommandEntry): void {
  const command = program.command(name, { hidden: group === null }).description(summary)
  if (group !== null) command.helpGroup(`${group}:`)
}

function define(command: Command, module: CommandModule, io: Io, done: (code: number) => void): void {
  module.define(command)
  command.action(async () => {
    const options = command.opts<CommonOptions>()
    done(await module.run(callOf(io, options), options, command.args))
  })
}

// Commander would end the process and write by itself.
function quietly(program: Command, io: Io): void {
  const paint = paintFor(io.err, io.env)
  program.exitOverride().configureOutput({
    writeOut: (text) => io.out.write(text),
    writeErr: (text) => io.err.write(text),
    getOutHelpWidth: () => io.out.terminal?.columns ?? 110,
    getErrHelpWidth: () => io.err.terminal?.columns ?? 110,
    outputError: (text, write) => write(`${paint.red('✗')} ${text.replace(/^error: /, '')}`),
  })
}

function failed(error: unknown, isJson: boolean, io: Io): number {
  const facts = factsOf(error)
  if (isJson) io.out.write(`${JSON.stringify({ kind: 'error', error: facts })}\n`)
  io.err.write(`${errorLines(facts, paintFor(io.err, io.env)).join('\n')}\n`)
  return errorExitCode(facts)
}
