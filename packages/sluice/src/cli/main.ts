import { terminalAsker } from './asker.ts'
import type { Channel, Io } from './io.ts'
import { runProgram } from './program.ts'
import { packageFolder } from './version.ts'

/** The command line of this process: what bin/sluice.js runs under a Node that can. */
export async function main(argv: string[]): Promise<void> {
  const interrupt = new AbortController()
  // Once: who presses a second time wants out at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort())
  process.stdout.on('error', leaveQuietly)
  const io: Io = {
    out: channelOf(process.stdout),
    err: channelOf(process.stderr),
    env: process.env,
    cwd: folderOrRoot(),
    asker: process.stdin.isTTY && process.stdout.isTTY ? terminalAsker : null,
    now: Date.now,
    interrupt: interrupt.signal,
    agentProgram: agentProgramIn,
  }
  process.exitCode = await runProgram(argv, io)
}

// The folder that one stands in may have been removed; then the root has no sluice.yaml either, and that is told.
function folderOrRoot(): string {
  try {
    return process.cwd()
  } catch {
    return '/'
  }
}

// Loaded on use: most commands find an agent that runs.
async function agentProgramIn(home: string): Promise<string[]> {
  const { ownCode } = await import('./own-code.ts')
  const { node, bin } = await ownCode(home, packageFolder)
  return [node, bin]
}

function channelOf(stream: NodeJS.WriteStream): Channel {
  return {
    write: (text) => void stream.write(text),
    get terminal() {
      return stream.isTTY ? { columns: stream.columns || 80, rows: stream.rows || 24 } : null
    },
  }
}

// `sluice logs | head` ends our reader first, and that is no failure.
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}
