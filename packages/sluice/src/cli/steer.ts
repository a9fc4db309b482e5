import type {
  Action,
  ActionAnswer,
  ActionRequest,
  EnvironmentStatus,
  RolloutSummary,
} from '../server/contract.ts'
import type { AgentClient } from './agent-client.ts'
import { agentOf, type Call, print, printJson } from './call.ts'
import { exitCode } from './exit-code.ts'
import { person } from './person.ts'
import { environmentFor } from './place.ts'
import { mark } from './view/mark.ts'

/** What a person asks of an environment, with who asks. */
export type Wish = Partial<ActionRequest>

/** Tells the agent, and gives the rollout that it was about. Throws the agent's refusal. */
export async function act(
  agent: AgentClient,
  { app, name }: Pick<EnvironmentStatus, 'app' | 'name'>,
  action: Action,
  wish: Wish,
): Promise<RolloutSummary | null> {
  const body: ActionRequest = { ...wish, by: wish.by ?? person() }
  const path = `/v1/environments/${encodeURIComponent(app)}/${encodeURIComponent(name)}/${action}`
  return (await agent.post<ActionAnswer>({ path, body })).rollout
}

/** A word to the rollout under way, answered with one line: promote, pause, resume. */
export async function steer(call: Call, action: Action, past: string, wish: Wish): Promise<number> {
  const agent = await agentOf(call)
  const environment = await environmentFor(call, agent)
  const rollout = await act(agent, environment, action, wish)
  if (call.isJson) printJson(call, { kind: 'action', action, environment: environment.id, rollout })
  else
    print(call, [
      `${mark('done', call.paint)} ${past}: ${rollout === null ? environment.id : nameOf(rollout)}`,
    ])
  return exitCode.done
}

/** `r8 by canary in shop/production (rollout 2f9c)`. */
function nameOf({ to, strategy, environment, id }: RolloutSummary): string {
  return `${to} by ${strategy} in ${environment} (rollout ${id})`
}
