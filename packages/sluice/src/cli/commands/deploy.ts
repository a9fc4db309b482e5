import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { ReleaseId } from '../../core/release.ts'
import { type StrategyName, strategyNames } from '../../core/strategies/index.ts'
import { SluiceError } from '../../errors.ts'
import type { DeployNews, DeployRequest } from '../../server/contract.ts'
import { type AgentClient, agentClient, isUnreachable } from '../agent-client.ts'
import { agentOf, type Call } from '../call.ts'
import { refuseUnready } from '../check/gate.ts'
import { exitCode, exitCodeOf } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { person } from '../person.ts'
import { type RolloutView, rolloutView } from '../view/rollout-view.ts'
import { type Watch, watchRollout } from '../watch-rollout.ts'

interface DeployOptions {
  strategy?: StrategyName
  release?: ReleaseId
  image?: string
  supersede?: boolean
  wait: boolean
  leaveAtGate?: boolean
  by?: string
}

export function define(command: Command): void {
  command
    .argument('[folder]', 'the app, with its sluice.yaml; default: here')
    .addOption(
      new Option('-s, --strategy <name>', 'instead of the one in sluice.yaml').choices(strategyNames),
    )
    .option('--release <rN>', 'an earlier release instead of what the folder holds now')
    .option(
      '--image <name>',
      'an image, best by its digest, instead of the one that sluice.yaml names or builds',
    )
    .option('--supersede', 'end the rollout that is under way, then start this one')
    .option('--no-wait', 'return once the rollout has started', true)
    .option('--leave-at-gate', 'return, with exit code 13, where a person has to approve')
  addOptions(command, 'by', 'env', 'json', 'home')
}

export async function run(call: Call, options: DeployOptions, [folder]: string[]): Promise<number> {
  const request = requestOf(call, options, folder)
  await refuseBadFolder(call, request)
  // A release that has served already is taken as it is: the way back is never barred.
  if (request.release === undefined) await refuseUnready(call, request.folder)
  return deployed(call, request, options)
}

/** Has it deployed, shows how it goes, and says with which exit code the process should end. */
export async function deployed(
  call: Call,
  request: DeployRequest,
  options: Pick<DeployOptions, 'wait' | 'leaveAtGate'>,
): Promise<number> {
  const agent = await agentOf(call)
  const view = rolloutView(call)
  const id = await begin(call, agent, request, view)
  if (id === null) return exitCode.interrupted
  const watched = await watchRollout(call, agent, { id, view, until: untilOf(options) })
  return exitCodeOf(watched)
}

/** What the agent is asked to deploy or to plan. */
export function requestOf(
  call: Call,
  options: Pick<DeployOptions, 'strategy' | 'release' | 'image' | 'supersede' | 'by'>,
  folder: string | undefined,
): DeployRequest {
  return {
    folder: folder === undefined ? call.folder : resolve(call.io.cwd, folder),
    ...(call.environment === undefined ? {} : { environment: call.environment }),
    ...(options.strategy === undefined ? {} : { strategy: options.strategy }),
    ...(options.release === undefined ? {} : { release: options.release }),
    ...(options.image === undefined ? {} : { image: options.image }),
    supersede: options.supersede ?? false,
    by: options.by ?? person(),
  }
}

/** Where no agent runs yet, a wrong sluice.yaml starts none. One that runs reads the file itself. */
export async function refuseBadFolder(call: Call, request: DeployRequest): Promise<void> {
  if ((await agentClient(call.home).hello()) !== null) return
  const [{ loadConfig }, { environmentOf }] = await Promise.all([
    import('../../config/load.ts'),
    import('../../config/environment.ts'),
  ])
  const { config } = await loadConfig(request.folder)
  environmentOf(config, request.environment)
}

/** Shows the way to the rollout and gives its id; null when the person would not wait for it. */
async function begin(
  call: Call,
  agent: AgentClient,
  request: DeployRequest,
  view: RolloutView,
): Promise<string | null> {
  const signal = call.io.interrupt
  try {
    for await (const news of agent.stream<DeployNews>({ path: '/v1/deploy', body: request, signal })) {
      if (news.kind === 'error') throw SluiceError.from(news.error)
      view.show(news)
      if (news.kind === 'rollout') return news.id
    }
  } catch (error) {
    view.close(null)
    if (!isUnreachable(error)) throw error
    if (!signal.aborted) throw agentGone(error)
  }
  if (!signal.aborted) throw agentGone(undefined)
  view.notice('The deploy goes on without this window, as far as it can: sluice status')
  return null
}

function untilOf({ wait, leaveAtGate }: Pick<DeployOptions, 'wait' | 'leaveAtGate'>): Watch['until'] {
  if (!wait) return 'started'
  return leaveAtGate ? 'waiting' : 'over'
}

function agentGone(cause: unknown): SluiceError {
  return new SluiceError(
    'AGENT_UNREACHABLE',
    'the agent went away before the rollout began; traffic is not touched',
    {
      todo: 'See whether it began after all (sluice status); if not, deploy again.',
      cause,
    },
  )
}
