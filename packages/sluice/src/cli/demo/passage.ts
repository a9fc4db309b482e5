import { describeMetric } from '../../core/analysis/describe-evidence.ts'
import type { Fact } from '../../core/narrate.ts'
import { SluiceError } from '../../errors.ts'
import type { DeployNews, RolloutNewsLine, RolloutSummary } from '../../server/contract.ts'
import { type AgentClient, isUnreachable } from '../agent-client.ts'
import { sumLine } from '../view/evidence.ts'
import { configure, type Workshop } from './workshop.ts'

/** What became of one release, and how long its switches took. */
export interface Passage {
  release: string
  strategy: string
  status: RolloutSummary['status']
  reason: string | null
  tookMs: number
  /** From telling the router to seeing every worker serve it; one per change of weights, forward. */
  switchMs: number[]
  /** From the decision to turn back to all traffic seen on stable. */
  rollbackMs: number | null
  agentKilled: boolean
}

interface Wish {
  strategy: 'canary' | 'blue-green'
  variables: Record<string, string>
  killAgentAt?: 'analyze'
}

/** Deploys the app with these variables and follows the rollout to its end, whatever happens to the agent. */
export async function deployAs(
  workshop: Workshop,
  wish: Wish,
  say: (line: string) => void,
): Promise<Passage> {
  await configure(workshop, wish.strategy, wish.variables)
  const begun = await begin(await workshop.agent(), workshop.app)
  const facts: Fact[] = []
  let agentKilled = false
  const follow = async (): Promise<RolloutSummary> => {
    const agent = await workshop.agent()
    const { pid } = (await agent.hello()) ?? { pid: 0 }
    for await (const line of newsOf(agent, begun.id, facts.length === 0 ? 0 : lastSeq)) {
      lastSeq = line.seq
      const evidence = tellEvidence(line.rollout)
      if (evidence !== null) say(`  ${seconds(line.at - line.rollout.startedAt)}  evidence     ${evidence}`)
      for (const fact of line.facts) {
        facts.push(fact)
        if (isShown(fact)) say(shown(fact, line.rollout.startedAt))
        if (fact.title !== wish.killAgentAt || fact.mark !== 'going' || agentKilled) continue
        agentKilled = true
        process.kill(pid, 'SIGKILL')
        say(
          `! ${seconds(fact.at - line.rollout.startedAt)}  agent        killed (pid ${pid}); traffic goes on`,
        )
      }
      if (line.rollout.endedAt !== null) return line.rollout
    }
    throw new SluiceError('AGENT_UNREACHABLE', 'the stream ended before the rollout did')
  }
  let lastSeq = 0
  const tellEvidence = evidenceTeller()
  const rollout = await again(follow, () => say('! the agent is started again and goes on where it was'))
  return passageOf(rollout, facts, agentKilled)
}

async function begin(agent: AgentClient, folder: string): Promise<{ id: string }> {
  const body = { folder, environment: 'production', supersede: false, by: 'the demo' }
  for await (const news of agent.stream<DeployNews>({ path: '/v1/deploy', body })) {
    if (news.kind === 'error') throw SluiceError.from(news.error)
    if (news.kind === 'rollout') return news
  }
  throw new SluiceError('BUG', 'the deploy ended without a rollout')
}

function newsOf(agent: AgentClient, id: string, after: number): AsyncIterable<RolloutNewsLine> {
  return agent.stream({ path: `/v1/rollouts/${id}/news`, query: { after, follow: 1 } })
}

const mostTries = 5

async function again<T>(work: () => Promise<T>, onLoss: () => void): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isUnreachable(error) || tries === mostTries) throw error
      onLoss()
    }
  }
}

function passageOf(rollout: RolloutSummary, facts: Fact[], agentKilled: boolean): Passage {
  const turned = facts.findIndex((fact) => fact.mark === 'failed')
  const forward = turned === -1 ? facts : facts.slice(0, turned)
  const back = turned === -1 ? [] : facts.slice(turned)
  return {
    release: rollout.to,
    strategy: rollout.strategy,
    status: rollout.status,
    reason: rollout.reason?.message ?? null,
    tookMs: (rollout.endedAt ?? rollout.startedAt) - rollout.startedAt,
    switchMs: switchesOf(forward),
    rollbackMs:
      back.length === 0
        ? null
        : (back.find((fact) => fact.title === 'verify')?.at ?? back[0]!.at) - back[0]!.at,
    agentKilled,
  }
}

// The router is told as soon as the step before is done.
function switchesOf(facts: Fact[]): number[] {
  return facts.flatMap((fact, index) => {
    if (fact.title !== 'verify') return []
    const before = facts
      .slice(0, index)
      .findLast((earlier) => earlier.mark === 'done' && earlier.title !== 'shift')
    return before === undefined ? [] : [fact.at - before.at]
  })
}

/** Says how the evidence stands whenever it has changed and there is something to say: the errors' ratio and the e-value. */
function evidenceTeller(): (rollout: RolloutSummary) => string | null {
  let told = ''
  return ({ evidence, from, to, step }) => {
    const errors = evidence?.metrics.find(({ id }) => id === 'errors')
    if (!evidence || !errors || errors.xC === 0 || from === null || step?.kind !== 'analyze') return null
    const arms = { candidate: to, stable: from }
    const text = `${describeMetric(errors, arms)}; ${sumLine({ ...evidence, lowTrust: false })}`
    if (text === told) return null
    told = text
    return text
  }
}

function isShown(fact: Fact): boolean {
  return fact.mark !== 'done' || fact.title !== 'verify'
}

const marks: { [K in Fact['mark']]: string } = { done: '✓', going: '●', attention: '!', failed: '✗' }

function shown(fact: Fact, startedAt: number): string {
  return `${marks[fact.mark]} ${seconds(fact.at - startedAt)}  ${fact.title.padEnd(11)}  ${fact.text}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`.padStart(6)
}
