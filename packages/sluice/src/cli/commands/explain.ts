import type { Command } from 'commander'
import type { ExplainAnswer } from '../../server/contract.ts'
import { type Call, print, printJson } from '../call.ts'
import { exitCode } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { runningAgent } from '../running-agent.ts'
import { explainLines } from '../view/explain.ts'

export function define(command: Command): void {
  command.argument('<rollout>', 'its id, or a unique beginning of it; sluice history lists them')
  addOptions(command, 'json', 'home')
}

export async function run(call: Call, _: object, [id = '']: string[]): Promise<number> {
  const agent = await runningAgent(call)
  if (agent === null) return exitCode.done
  const answer = await agent.get<ExplainAnswer>({ path: `/v1/rollouts/${encodeURIComponent(id)}/explain` })
  if (call.isJson) printJson(call, { kind: 'explanation', ...answer })
  else print(call, explainLines(answer, call.paint))
  return exitCode.done
}
