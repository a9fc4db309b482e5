import type { Command } from 'commander'
import type { EnvironmentStatus, StatusAnswer } from '../../server/contract.ts'
import { agentOf, type Call, print, printJson } from '../call.ts'
import { exitCode } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { act } from '../steer.ts'
import { mark } from '../view/mark.ts'

export function define(command: Command): void {
  addOptions(command, 'by', 'onlyEnv', 'onlyApp', 'json', 'home')
}

export async function run(call: Call, { by }: { by?: string }): Promise<number> {
  const agent = await agentOf(call)
  const query = { app: call.app, environment: call.environment }
  const { environments } = await agent.get<StatusAnswer>({ path: '/v1/status', query })
  const wanted = environments.filter(({ stable }) => stable !== null)
  for (const environment of wanted) {
    await act(agent, environment, 'up', by === undefined ? {} : { by })
    show(call, environment)
  }
  if (wanted.length === 0 && !call.isJson) print(call, ['Nothing is deployed here: sluice deploy'])
  return exitCode.done
}

function show(call: Call, { id, stable, url }: EnvironmentStatus): void {
  if (call.isJson) printJson(call, { kind: 'action', action: 'up', environment: id, rollout: null })
  else print(call, [`${mark('done', call.paint)} ${id} is up: ${stable?.release} at ${url}`])
}
