import { type Load, startLoad } from './demo/load.ts'
import { deployAs, type Passage } from './demo/passage.ts'
import { type DemoReport, reportOf } from './demo/report.ts'
import { table } from './demo/table.ts'
import { closeWorkshop, openWorkshop, type Workshop } from './demo/workshop.ts'
import type { Io } from './io.ts'

const requestsPerSecond = 200
const connections = 16

/**
 * The main job on this machine, with real processes and a steady load: four releases by canary and blue-green, one of
 * them bad, and the agent killed in the middle of the last. Resolves with 0 where it went as it should, else with 1.
 */
export async function demo({ io, json }: { io: Io; json: boolean }): Promise<number> {
  const say = (line: string) => json || io.out.write(`${line}\n`)
  const workshop = await openWorkshop(io)
  try {
    const report = await show(workshop, say, io.interrupt)
    if (json) io.out.write(`${JSON.stringify({ kind: 'demo', ...report })}\n`)
    else for (const line of table(report)) say(line)
    return report.wrongs.length === 0 ? 0 : 1
  } finally {
    await closeWorkshop(workshop)
  }
}

interface Act {
  title: string
  strategy: 'canary' | 'blue-green'
  variables: Record<string, string>
  expect: 'succeeded' | 'rolled-back'
  /** The agent is killed when the rollout has got this far. */
  killAgentAt?: 'analyze'
}

const acts: Act[] = [
  {
    title: 'r2, a good one, by canary',
    strategy: 'canary',
    variables: { GREETING: 'Good day' },
    expect: 'succeeded',
  },
  {
    title: 'r3, a good one, by blue-green',
    strategy: 'blue-green',
    variables: { GREETING: 'Good evening' },
    expect: 'succeeded',
  },
  {
    title: 'r4, by canary; it fails 20 % of its requests',
    strategy: 'canary',
    variables: { GREETING: 'Oh dear', FAIL_SHARE: '0.2' },
    expect: 'rolled-back',
  },
  {
    title: 'r5, by canary; the agent is killed in the middle of it (SIGKILL)',
    strategy: 'canary',
    variables: { GREETING: 'Good night' },
    expect: 'succeeded',
    killAgentAt: 'analyze',
  },
]

async function show(
  workshop: Workshop,
  say: (line: string) => void,
  interrupt: AbortSignal,
): Promise<DemoReport> {
  say(`A shop of two instances at ${workshop.url}, with everything of Sluice's in ${workshop.home}`)
  say('')
  say('r1, the first')
  const first = await deployAs(workshop, { strategy: 'blue-green', variables: { GREETING: 'Hello' } }, say)
  const load = startLoad({ url: workshop.url, host: workshop.host, connections, requestsPerSecond })
  say(`● users arrive: ${requestsPerSecond} requests/s on ${connections} connections, GET and POST`)
  const passages: Passage[] = [first]
  try {
    for (const act of acts) {
      if (interrupt.aborted) break
      say('')
      say(act.title)
      load.mark(act.title)
      passages.push(await deployAs(workshop, act, say))
    }
  } catch (error) {
    await load.stop()
    throw error
  }
  return finish(load, passages)
}

async function finish(load: Load, passages: Passage[]): Promise<DemoReport> {
  const seen = await load.stop()
  const expected = ['succeeded', ...acts.map((act) => act.expect)]
  return reportOf(seen, passages, expected, requestsPerSecond)
}
