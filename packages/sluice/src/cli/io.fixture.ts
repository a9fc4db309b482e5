import type { Channel, Io } from './io.ts'

/** An outside that keeps what was printed. */
export interface KeptIo extends Io {
  printed(): string
  complained(): string
  pressCtrlC(): void
}

export interface IoSettings {
  home: string
  cwd?: string
  terminal?: boolean
  env?: NodeJS.ProcessEnv
  agentProgram?: string[]
}

/** Its clock stands at the first second of 1970 plus 100 seconds. */
export function keptIo({
  home,
  cwd = home,
  terminal = false,
  env = {},
  agentProgram = [],
}: IoSettings): KeptIo {
  const out = keptChannel(terminal)
  const err = keptChannel(terminal)
  const interrupt = new AbortController()
  return {
    out,
    err,
    env: { SLUICE_HOME: home, ...env },
    cwd,
    now: () => 100_000,
    interrupt: interrupt.signal,
    agentProgram: async () => [process.execPath, ...agentProgram],
    printed: out.text,
    complained: err.text,
    pressCtrlC: () => interrupt.abort(),
  }
}

function keptChannel(isTerminal: boolean): Channel & { text(): string } {
  const parts: string[] = []
  return {
    write: (text) => void parts.push(text),
    terminal: isTerminal ? { columns: 100, rows: 40 } : null,
    text: () => parts.join(''),
  }
}
