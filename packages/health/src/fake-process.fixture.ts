import type { HostProcess, Signal } from './host-process.ts'

/** A process that can be sent signals, and that remembers how it ended instead of ending. */
export interface FakeProcess extends HostProcess {
  send(signal: Signal): void
  exits: number[]
  out: string[]
  err: string[]
}

export function fakeProcess(): FakeProcess {
  const listeners: [Signal, () => void][] = []
  const [exits, out, err]: [number[], string[], string[]] = [[], [], []]
  return {
    on: (signal, listener) => listeners.push([signal, listener]),
    exit: (code) => exits.push(code),
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    send(signal) {
      for (const [of, listener] of listeners) if (of === signal) listener()
    },
    exits,
    out,
    err,
  }
}
