import type { Command } from 'commander'
import { agentOf, type Call } from '../call.ts'
import { exitCode, exitCodeOf } from '../exit-code.ts'
import { addOptions } from '../options.ts'
import { environmentFor } from '../place.ts'
import { act } from '../steer.ts'
import { rolloutView } from '../view/rollout-view.ts'
import { watchRollout } from '../watch-rollout.ts'

export function define(command: Command): void {
  command.option('--no-wait', 'return once the way back has begun', true)
  addOptions(command, 'by', 'env', 'app', 'folder', 'json', 'home')
}

export async function run(call: Call, { by, wait }: { by?: string; wait: boolean }): Promise<number> {
  const agent = await agentOf(call)
  const environment = await environmentFor(call, agent)
  const rollout = await act(agent, environment, 'abort', by === undefined ? {} : { by })
  if (rollout === null) return exitCode.done
  const view = rolloutView(call)
  const watched = await watchRollout(call, agent, { id: rollout.id, view, until: wait ? 'over' : 'started' })
  // To be back on the old release is what was asked for.
  return watched.how === 'over' && watched.rollout.status === 'rolled-back'
    ? exitCode.done
    : exitCodeOf(watched)
}
