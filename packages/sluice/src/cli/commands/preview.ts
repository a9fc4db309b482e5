import { resolve } from 'node:path'
import type { Command } from 'commander'
import { previewNameIn, previewPrefix } from '../../config/preview-name.ts'
import { SluiceError } from '../../errors.ts'
import type { EnvironmentStatus, StatusAnswer } from '../../server/contract.ts'
import type { AgentClient } from '../agent-client.ts'
import { agentOf, type Call, print, printJson } from '../call.ts'
import { exitCode } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { appOf } from '../place.ts'
import { previewName } from '../preview/preview-name.ts'
import { runningAgent } from '../running-agent.ts'
import { act } from '../steer.ts'
import { mark } from '../view/mark.ts'
import { previewsLines } from '../view/previews.ts'
import { deployed, refuseBadFolder, requestOf } from './deploy.ts'

interface PreviewOptions {
  name?: string
  image?: string
  wait: boolean
  by?: string
}

export function define(command: Command): void {
  command
    .argument(
      '<what>',
      'deploy: release the folder to a preview; list: those there are; remove: end one, with its data',
    )
    .argument('[folder]', 'the app, with its sluice.yaml; default: here')
    .option(
      '--name <name>',
      'of the preview, such as pr-12, or of its branch; default: the git branch, and of a list all',
    )
    .option('--image <name>', 'deploy: an image instead of the one that sluice.yaml names or builds')
    .option('--no-wait', 'deploy: return once the rollout has started', true)
  addOptions(command, 'by', 'app', 'json', 'home')
}

/** Environments for a while. A deploy that is under way for an older state is ended: the newest one is looked at. */
export async function run(
  call: Call,
  options: PreviewOptions,
  [what = '', folder = '.']: string[],
): Promise<number> {
  const here = { ...call, folder: resolve(call.io.cwd, folder) }
  switch (what) {
    case 'deploy':
      return deploy(here, options)
    case 'list':
      return list(here, options)
    case 'remove':
      return remove(here, options)
    default:
      throw new SluiceError('USAGE', `sluice preview knows deploy, list and remove; found "${what}"`, {
        todo: 'sluice preview deploy --name pr-12',
      })
  }
}

async function deploy(call: Call, options: PreviewOptions): Promise<number> {
  const name = await previewName(options.name, call.folder)
  const named = { ...call, environment: `${previewPrefix}${name}` }
  const request = requestOf(named, { ...options, supersede: true }, undefined)
  await refuseBadFolder(named, request)
  return deployed(named, request, options)
}

async function list(call: Call, { name: given }: PreviewOptions): Promise<number> {
  const agent = await runningAgent(call)
  if (agent === null) return exitCode.done
  const only = given === undefined ? null : await previewName(given, call.folder)
  const all = await previewsOf(call, agent)
  const previews = all.filter((one) => only === null || previewNameIn(one.name) === only)
  if (call.isJson)
    for (const one of previews) printJson(call, { kind: 'preview', preview: previewNameIn(one.name), ...one })
  else print(call, previewsLines(previews, call.io.now(), call.paint))
  return exitCode.done
}

// What is not there is as it was wanted: whoever closes a pull request need not know whether it had a preview.
async function remove(call: Call, { name: given, by }: PreviewOptions): Promise<number> {
  const name = await previewName(given, call.folder)
  const agent = await agentOf(call)
  const found = (await previewsOf(call, agent)).filter((one) => previewNameIn(one.name) === name)
  if (found.length > 1) {
    const apps = found.map(({ app }) => app)
    throw new SluiceError('USAGE', `several apps have a preview ${name}: ${apps.join(', ')}`, {
      todo: `Say which one: --app ${apps[0]}`,
    })
  }
  const [preview] = found
  if (preview !== undefined) await act(agent, preview, 'remove', by === undefined ? {} : { by })
  if (call.isJson)
    printJson(call, { kind: 'action', action: 'remove', environment: preview?.id ?? null, rollout: null })
  else if (preview === undefined) print(call, [`There is no preview ${name}: nothing to remove.`])
  else print(call, [`${mark('done', call.paint)} ${preview.id} is removed, with all that it has written.`])
  return exitCode.done
}

async function previewsOf(call: Call, agent: AgentClient): Promise<EnvironmentStatus[]> {
  const query = { app: await appOf(call) }
  const { environments } = await agent.get<StatusAnswer>({ path: '/v1/status', query })
  return environments.filter(({ removedAt }) => removedAt !== null)
}
