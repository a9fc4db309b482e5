import type { Asker, Channel, Io } from './io.ts'

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
  /** What the person answers, one after another; without it nobody is there. */
  answers?: Answer[]
}

type Answer = string | boolean | null | string[]

/** Its clock stands at the first second of 1970 plus 100 seconds. */
export function keptIo({
  home,
  cwd = home,
  terminal = false,
  env = {},
  agentProgram = [],
  answers,
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
    asker: answers === undefined ? null : askerOf([...answers], err),
    interrupt: interrupt.signal,
    agentProgram: async () => [process.execPath, ...agentProgram],
    printed: out.text,
    complained: err.text,
    pressCtrlC: () => interrupt.abort(),
  }
}

// What is asked can be read in what was complained.
function askerOf(answers: Answer[], shown: Channel): Asker {
  const answer = async (message: string): Promise<never> => {
    shown.write(`? ${message}\n`)
    if (answers.length === 0) throw new Error(`nobody was to be asked: ${message}`)
    return answers.shift() as never
  }
  return { choose: answer, several: answer, text: answer, agree: answer }
}

function keptChannel(isTerminal: boolean): Channel & { text(): string } {
  const parts: string[] = []
  return {
    write: (text) => void parts.push(text),
    terminal: isTerminal ? { columns: 100, rows: 40 } : null,
    text: () => parts.join(''),
  }
}
