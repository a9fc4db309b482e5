import { type Command, InvalidArgumentError } from 'commander'
import { type DrillFault, drillFaults } from '../../core/drill.ts'
import { SluiceError } from '../../errors.ts'
import type { DrillNews, DrillRequest, EnvironmentStatus } from '../../server/contract.ts'
import { type AgentClient, isUnreachable } from '../agent-client.ts'
import { agentOf, type Call, notice, print, printJson } from '../call.ts'
import { exitCode, exitCodeOfDrill } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { person } from '../person.ts'
import { environmentFor } from '../place.ts'
import { drillLines, drillPlanLines } from '../view/drill.ts'

interface DrillOptions {
  only?: DrillFault[]
  path?: string
  yes?: boolean
  by?: string
}

export function define(command: Command): void {
  command
    .option('--only <faults>', `some of ${drillFaults.join(', ')}, with commas between`, faultsIn)
    .option('--path <path>', 'what its own requests ask for; default: where readiness is asked')
    .option('-y, --yes', 'begin; without it only what would be done is said')
  addOptions(command, 'by', 'env', 'app', 'folder', 'json', 'home')
}

export async function run(call: Call, options: DrillOptions): Promise<number> {
  const agent = await agentOf(call)
  const environment = await environmentFor(call, agent)
  const faults = options.only ?? [...drillFaults]
  if (!options.yes) {
    if (!call.isJson) print(call, drillPlanLines(environment, faults))
    throw new SluiceError('USAGE', 'nothing was done yet: a drill wants --yes', {
      todo: `sluice drill --env ${environment.name} --yes`,
    })
  }
  return watch(call, agent, environment, {
    faults,
    by: options.by ?? person(),
    ...(options.path === undefined ? {} : { path: options.path }),
  })
}

async function watch(
  call: Call,
  agent: AgentClient,
  { app, name }: EnvironmentStatus,
  body: DrillRequest,
): Promise<number> {
  const signal = call.io.interrupt
  const path = `/v1/environments/${encodeURIComponent(app)}/${encodeURIComponent(name)}/drill`
  try {
    for await (const news of agent.stream<DrillNews>({ path, body, signal })) {
      if (news.kind === 'error') throw SluiceError.from(news.error)
      if (call.isJson) printJson(call, news)
      else print(call, drillLines(news, call.paint))
      if (news.kind === 'done') return exitCodeOfDrill(news.record)
    }
  } catch (error) {
    if (!isUnreachable(error)) throw error
    if (!signal.aborted) throw agentGone(error)
  }
  if (!signal.aborted) throw agentGone(undefined)
  notice(call, 'The drill goes on without this window. End it: sluice abort')
  return exitCode.interrupted
}

function faultsIn(text: string): DrillFault[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))]
  const unknown = names.find((name) => !(drillFaults as readonly string[]).includes(name))
  if (unknown === undefined) return names as DrillFault[]
  throw new InvalidArgumentError(`"${unknown}" is none of: ${drillFaults.join(', ')}.`)
}

function agentGone(cause: unknown): SluiceError {
  return new SluiceError('AGENT_UNREACHABLE', 'the agent went away during the drill; users are not touched', {
    todo: 'It ends what is left of the drill when it is back: sluice status. Then drill again.',
    cause,
  })
}
