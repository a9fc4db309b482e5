import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { StatusAnswer } from '../../server/contract.ts'
import { type AgentClient, isUnreachable } from '../agent-client.ts'
import { type Call, notice } from '../call.ts'
import { exitCode } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { appOf } from '../place.ts'
import { runningAgent } from '../running-agent.ts'
import type { Sample } from '../view/status.ts'
import { statusView } from '../view/status-view.ts'

const sampleMs = 1_000

interface StatusOptions {
  watch?: boolean
  preview?: boolean
}

export function define(command: Command): void {
  command
    .option('-w, --watch', 'again every second, with rates')
    .option('--preview', "each environment's preview address, with its token")
  addOptions(command, 'onlyEnv', 'app', 'folder', 'json', 'home')
}

export async function run(call: Call, options: StatusOptions): Promise<number> {
  const agent = await runningAgent(call)
  if (agent === null) return exitCode.done
  const show = statusView(call, options)
  if (!options.watch) {
    show(await sample(call, agent))
    return exitCode.done
  }
  await watch(call, agent, show)
  return exitCode.interrupted
}

async function sample(call: Call, agent: AgentClient): Promise<Sample> {
  const query = { app: await appOf(call), environment: call.environment }
  const answer = await agent.get<StatusAnswer>({ path: '/v1/status', query })
  return { at: call.io.now(), answer }
}

async function watch(call: Call, agent: AgentClient, show: (now: Sample) => void): Promise<void> {
  const { interrupt } = call.io
  let isThere = true
  while (!interrupt.aborted) {
    try {
      show(await sample(call, agent))
      isThere = true
    } catch (error) {
      if (!isUnreachable(error)) throw error
      if (isThere) notice(call, 'The agent does not answer; traffic is not touched by that. Waiting for it.')
      isThere = false
    }
    await sleep(sampleMs, undefined, { signal: interrupt }).catch(() => {})
  }
}
