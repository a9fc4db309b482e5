import type { Command } from 'commander'
import type { HistoryAnswer } from '../../server/contract.ts'
import { type Call, print, printJson } from '../call.ts'
import { exitCode } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { appOf } from '../place.ts'
import { runningAgent } from '../running-agent.ts'
import { historyLines } from '../view/history.ts'
import { wholeNumber } from '../whole-number.ts'

export function define(command: Command): void {
  command.option('-n, --limit <count>', 'at most so many, newest first', wholeNumber, 20)
  addOptions(command, 'onlyEnv', 'app', 'folder', 'json', 'home')
}

export async function run(call: Call, { limit }: { limit: number }): Promise<number> {
  const agent = await runningAgent(call)
  if (agent === null) return exitCode.done
  const query = { app: await appOf(call), environment: call.environment, limit }
  const { rollouts } = await agent.get<HistoryAnswer>({ path: '/v1/history', query })
  if (call.isJson) for (const rollout of rollouts) printJson(call, { kind: 'history', rollout })
  else print(call, historyLines(rollouts, call.io.now(), call.paint))
  return exitCode.done
}
