import type { Command } from 'commander'
import { SluiceError } from '../../errors.ts'
import type { ExplainAnswer, HistoryAnswer } from '../../server/contract.ts'
import type { AgentClient } from '../agent-client.ts'
import { type Call, print, printJson } from '../call.ts'
import { exitCode } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { environmentFor } from '../place.ts'
import { runningAgent } from '../running-agent.ts'
import { explainLines } from '../view/explain.ts'

export function define(command: Command): void {
  command.argument('[rollout]', 'its id, or a unique beginning of it; default: the newest of the environment')
  addOptions(command, 'env', 'app', 'folder', 'json', 'home')
}

export async function run(call: Call, _: object, [given]: string[]): Promise<number> {
  const agent = await runningAgent(call)
  if (agent === null) return exitCode.done
  const id = given ?? (await newestRollout(call, agent))
  const answer = await agent.get<ExplainAnswer>({ path: `/v1/rollouts/${encodeURIComponent(id)}/explain` })
  if (call.isJson) printJson(call, { kind: 'explanation', ...answer })
  else print(call, explainLines(answer, call.paint))
  return exitCode.done
}

async function newestRollout(call: Call, agent: AgentClient): Promise<string> {
  const { id, app, name } = await environmentFor(call, agent)
  const query = { app, environment: name, limit: 20 }
  const { rollouts } = await agent.get<HistoryAnswer>({ path: '/v1/history', query })
  // Whoever wants to know of a drill has its ids in its own table.
  const newest = rollouts.find(({ kind }) => kind !== 'drill') ?? rollouts[0]
  if (newest !== undefined) return newest.id
  throw new SluiceError('NO_ROLLOUT', `no rollout of ${id} was ever begun`, { todo: 'sluice deploy' })
}
