import type { Command } from 'commander'
import { agentOf, type Call } from '../call.ts'
import { exitCode, exitCodeOf } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { environmentFor } from '../place.ts'
import { act } from '../steer.ts'
import { rolloutView } from '../view/rollout-view.ts'
import { watchRollout } from '../watch-rollout.ts'

export function define(command: Command): void {
  command
    .argument('[release]', 'where to; default: the last promoted one that was not rolled back from')
    .option('--no-wait', 'return once the rollback has started', true)
  addOptions(command, 'by', 'env', 'app', 'folder', 'json', 'home')
}

export async function run(
  call: Call,
  { by, wait }: { by?: string; wait: boolean },
  [release]: string[],
): Promise<number> {
  const agent = await agentOf(call)
  const environment = await environmentFor(call, agent)
  const wish = { ...(by === undefined ? {} : { by }), ...(release === undefined ? {} : { release }) }
  const rollout = await act(agent, environment, 'rollback', wish)
  if (rollout === null) return exitCode.done
  const { id, from, to } = rollout
  const view = rolloutView(call)
  view.show({ kind: 'rollout', id, from, to, url: environment.url })
  const watched = await watchRollout(call, agent, { id, view, until: wait ? 'over' : 'started' })
  return exitCodeOf(watched)
}
