import type { Command } from 'commander'
import type { LogLine } from '../../targets/target.ts'
import { isUnreachable } from '../agent-client.ts'
import { type Call, print, printJson } from '../call.ts'
import { exitCode } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { environmentFor } from '../place.ts'
import { runningAgent } from '../running-agent.ts'
import { clock } from '../view/time.ts'
import { wholeNumber } from '../whole-number.ts'

interface LogsOptions {
  follow?: boolean
  lines: number
}

export function define(command: Command): void {
  command
    .argument('[release]', 'of this release alone: r8')
    .option('-f, --follow', 'go on with what comes')
    .option('-n, --lines <count>', 'so many of the last ones', wholeNumber, 100)
  addOptions(command, 'env', 'app', 'folder', 'json', 'home')
}

export async function run(call: Call, { follow, lines }: LogsOptions, [release]: string[]): Promise<number> {
  const agent = await runningAgent(call)
  if (agent === null) return exitCode.done
  const { app, name } = await environmentFor(call, agent)
  const signal = call.io.interrupt
  const query = { lines, release, follow: follow ? 1 : undefined }
  try {
    for await (const line of agent.stream<LogLine>({
      path: `/v1/environments/${app}/${name}/logs`,
      query,
      signal,
    })) {
      show(call, line)
    }
  } catch (error) {
    if (!signal.aborted || !isUnreachable(error)) throw error
  }
  return signal.aborted ? exitCode.interrupted : exitCode.done
}

function show(call: Call, line: LogLine): void {
  const { dim, yellow } = call.paint
  const text = line.stream === 'stderr' ? yellow(line.line) : line.line
  if (call.isJson) printJson(call, { kind: 'log', ...line })
  else print(call, [`${dim(clock(line.at))}  ${dim(line.instance)}  ${text}`])
}
