import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { SluiceError } from '../../errors.ts'
import type { StatusAnswer } from '../../server/contract.ts'
import { homeOf } from '../../server/home.ts'
import { formatDuration, parseDuration } from '../../std/duration.ts'
import { type AgentClient, agentClient, isUnreachable } from '../agent-client.ts'
import { agentOf, type Call, print, printJson } from '../call.ts'
import { exitCode } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { act } from '../steer.ts'
import { mark } from '../view/mark.ts'

/** From its last answer to its end. */
const agentEndMs = 10_000
const defaultDrainMs = 10_000

interface DownOptions {
  /** Milliseconds that requests in flight may take to finish. */
  drain: number
  by?: string
}

export function define(command: Command): void {
  command.addOption(
    new Option('--drain <duration>', 'how long requests in flight may take to finish')
      .argParser(duration)
      .default(defaultDrainMs, formatDuration(defaultDrainMs)),
  )
  addOptions(command, 'by', 'onlyEnv', 'onlyApp', 'json', 'home')
}

/** One environment or one app where they are named, else everything: instances, proxy and agent. */
export async function run(call: Call, { drain, by }: DownOptions): Promise<number> {
  const agent = await agentWithState(call)
  if (agent === null) return tell(call, null, `Nothing was ever started in ${call.home}: nothing to stop.`)
  if (call.app !== undefined || call.environment !== undefined) return takeDown(call, agent, by)
  const { interrupt } = call.io
  await shutDown(agent, drain, interrupt)
  if (interrupt.aborted) return leave(call)
  return tell(call, null, 'Everything is stopped. The state is kept; start it again with: sluice up')
}

// Proxy and instances go on without an agent, so one is started to end them where none runs.
async function agentWithState(call: Call): Promise<AgentClient | null> {
  const agent = agentClient(call.home)
  if ((await agent.hello()) !== null) return agent
  const hasState = existsSync(join(call.home, 'sluice.db'))
  return hasState ? agentOf(call, () => {}) : null
}

async function takeDown(call: Call, agent: AgentClient, by: string | undefined): Promise<number> {
  const query = { app: call.app, environment: call.environment }
  const { environments } = await agent.get<StatusAnswer>({ path: '/v1/status', query })
  if (environments.length === 0) {
    throw new SluiceError('UNKNOWN_ENVIRONMENT', 'nothing of that name is deployed here', {
      todo: 'sluice status',
    })
  }
  for (const environment of environments) {
    await act(agent, environment, 'down', by === undefined ? {} : { by })
    tell(call, environment.id, `${environment.id} is down. Start it again with: sluice up`)
  }
  return exitCode.done
}

// The agent may be gone before its answer has arrived.
async function shutDown(agent: AgentClient, drainMs: number, interrupt: AbortSignal): Promise<void> {
  try {
    await agent.post({ path: '/v1/shutdown', body: { drainMs }, signal: interrupt })
  } catch (error) {
    if (interrupt.aborted) return
    if (!isUnreachable(error)) throw error
  }
  const deadline = performance.now() + agentEndMs
  while ((await agent.hello()) !== null) {
    if (performance.now() > deadline) {
      throw new SluiceError(
        'TIMED_OUT',
        `the agent still answers ${agentEndMs / 1_000} s after it was stopped`,
        {
          todo: `Its log says more: ${homeOf(agent.home).agentLog}`,
        },
      )
    }
    await sleep(25)
  }
}

// It was asked, and is not asked back: a release that cannot go back may keep it waiting for long.
function leave(call: Call): number {
  if (!call.isJson) print(call, ['The agent goes on stopping everything. How far it is: sluice status'])
  return exitCode.interrupted
}

function tell(call: Call, environment: string | null, text: string): number {
  if (call.isJson) printJson(call, { kind: 'action', action: 'down', environment, rollout: null })
  else print(call, [`${mark('done', call.paint)} ${text}`])
  return exitCode.done
}

function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === null || ms > 3_600_000)
    throw new InvalidArgumentError('A duration up to an hour is wanted: 500ms, 10s, 5m.')
  return ms
}
