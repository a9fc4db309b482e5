import type { Command } from 'commander'
import type { Call } from '../call.ts'

/** What a command's own file exports. */
export interface CommandModule {
  /** Adds its arguments and options. */
  define(command: Command): void
  /**
   * Does it, and says with which exit code the process should end. `options` are those that `define` added.
   * @throws SluiceErrors, which are shown to the reader.
   */
  run(call: Call, options: object, args: string[]): Promise<number>
}
