import { type Command, Option } from 'commander'
import type { ReleaseId } from '../../core/release.ts'
import { type StrategyName, strategyNames } from '../../core/strategies/index.ts'
import type { PlanAnswer } from '../../server/contract.ts'
import { agentOf, type Call, print, printJson } from '../call.ts'
import { exitCode } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { planLines } from '../view/plan.ts'
import { refuseBadFolder, requestOf } from './deploy.ts'

interface PlanOptions {
  strategy?: StrategyName
  release?: ReleaseId
  image?: string
}

export function define(command: Command): void {
  command
    .argument('[folder]', 'the app, with its sluice.yaml; default: here')
    .addOption(
      new Option('-s, --strategy <name>', 'instead of the one in sluice.yaml').choices(strategyNames),
    )
    .option('--release <rN>', 'an earlier release instead of what the folder holds now')
    .option('--image <name>', 'an image instead of the one that sluice.yaml names or builds')
  addOptions(command, 'env', 'json', 'home')
}

export async function run(call: Call, options: PlanOptions, [folder]: string[]): Promise<number> {
  const request = requestOf(call, options, folder)
  await refuseBadFolder(call, request)
  const agent = await agentOf(call)
  const answer = await agent.post<PlanAnswer>({ path: '/v1/plan', body: request, signal: call.io.interrupt })
  if (call.isJson) printJson(call, { kind: 'plan', ...answer })
  else print(call, planLines(answer, call.paint))
  return exitCode.done
}
