import { SluiceError } from '../errors.ts'
import type { RolloutNewsLine, RolloutSummary } from '../server/contract.ts'
import { type AgentClient, isUnreachable } from './agent-client.ts'
import { agentOf, type Call } from './call.ts'
import type { Watched } from './exit-code.ts'
import type { RolloutView } from './view/rollout-view.ts'

/** An agent that goes away this often in a row without a word in between will not tell us more. */
const mostSilentLosses = 10

export interface Watch {
  id: string
  view: RolloutView
  /** What ends the watch before the rollout does. Ctrl-C always does. */
  until: 'over' | 'started' | 'waiting'
}

/**
 * Shows a rollout until it is over, and closes the view. An agent that goes away meanwhile is connected again, started
 * where needed, and the story goes on after the last line that was seen.
 */
export async function watchRollout(call: Call, agent: AgentClient, watch: Watch): Promise<Watched> {
  let watched: Watched | null = null
  try {
    watched = await follow(call, agent, watch)
    return watched
  } finally {
    watch.view.close(watched?.rollout ?? null)
  }
}

async function follow(call: Call, agent: AgentClient, watch: Watch): Promise<Watched> {
  const { interrupt } = call.io
  const seen: Seen = { last: null, isStuck: false, losses: 0 }
  while (seen.losses < mostSilentLosses) {
    const isEnough = await showNews(agent, watch, seen, interrupt)
    const rollout = seen.last?.rollout ?? null
    if (rollout !== null && rollout.endedAt !== null) return { how: 'over', rollout }
    if (rollout !== null && isEnough)
      return { how: watch.until === 'waiting' ? 'waiting' : 'started', rollout }
    if (interrupt.aborted) return { how: 'interrupted', rollout, isStuck: seen.isStuck }
    seen.losses += 1
    agent = await reconnect(call, watch.view)
  }
  throw lost(watch.id)
}

interface Seen {
  last: RolloutNewsLine | null
  /** The way back is refused. */
  isStuck: boolean
  /** Connections lost since the last line. */
  losses: number
}

/** Until the stream ends or breaks, or, with true, until what the watch waits for. */
async function showNews(agent: AgentClient, { id, view, until }: Watch, seen: Seen, signal: AbortSignal) {
  try {
    for await (const line of newsAfter(agent, id, seen.last?.seq, signal)) {
      seen.last = line
      seen.losses = 0
      seen.isStuck ||=
        line.rollout.status === 'undoing' && line.facts.some(({ title }) => title === 'refused')
      view.show({ kind: 'news', ...line })
      if (hasCome(until, line.rollout)) return true
    }
  } catch (error) {
    if (!isUnreachable(error)) throw error
  }
  return false
}

// A line of the past carries the rollout as it is now: only the stream's end says that all of an ended one was told.
function hasCome(until: Watch['until'], { endedAt, waitsFor }: RolloutSummary): boolean {
  if (endedAt !== null || until === 'over') return false
  return until === 'started' || waitsFor !== null
}

function newsAfter(
  agent: AgentClient,
  id: string,
  after: number | undefined,
  signal: AbortSignal,
): AsyncIterable<RolloutNewsLine> {
  return agent.stream({ path: `/v1/rollouts/${id}/news`, query: { after, follow: 1 }, signal })
}

async function reconnect(call: Call, view: RolloutView): Promise<AgentClient> {
  view.notice('The connection to the agent broke; traffic is not touched by that. Connecting again.')
  return agentOf(call, view.notice)
}

function lost(id: string): SluiceError {
  return new SluiceError('AGENT_UNREACHABLE', `the agent went away ${mostSilentLosses} times in a row`, {
    todo: `See how far it is: sluice explain ${id}`,
  })
}
