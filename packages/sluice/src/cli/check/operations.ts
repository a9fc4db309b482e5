import type { Operations } from '../../checks/look/look.ts'
import type { EnvironmentStatus, HistoryAnswer, RolloutSummary, StatusAnswer } from '../../server/contract.ts'
import { agentClient, isUnreachable } from '../agent-client.ts'

const mostRollouts = 100

/** What the home's agent knows of an app; null where none runs, or the app was never deployed. Starts none. */
export async function operationsOf(home: string, app: string): Promise<Operations | null> {
  const agent = agentClient(home)
  try {
    if ((await agent.hello()) === null) return null
    const query = { app, limit: mostRollouts }
    const { environments } = await agent.get<StatusAnswer>({ path: '/v1/status' })
    const own = environments.filter((one) => one.app === app)
    if (own.length === 0) return null
    const { rollouts } = await agent.get<HistoryAnswer>({ path: '/v1/history', query })
    return {
      drills: own.flatMap(drillOf),
      rollouts: rollouts.flatMap(rolloutOf),
      releases: own.map(({ id, name }) => ({ environment: name, kept: releasesIn(rollouts, id) })),
    }
  } catch (error) {
    if (isUnreachable(error)) return null
    throw error
  }
}

function drillOf({ name, lastDrill }: EnvironmentStatus): Operations['drills'] {
  if (lastDrill === null) return []
  const { at, faults, caught } = lastDrill
  return [
    {
      environment: name,
      at,
      isGreen: caught === faults,
      says: `${caught} of ${faults} faults were noticed and undone`,
    },
  ]
}

function rolloutOf({
  kind,
  environment,
  status,
  endedAt,
  reason,
  from,
  to,
  counts,
}: RolloutSummary): Operations['rollouts'] {
  if (kind === 'drill' || endedAt === null) return []
  const name = environment.slice(environment.indexOf('/') + 1)
  const { requests, bad } = counts.candidate
  const moved = from === null ? `to ${to}` : `from ${from} to ${to}`
  const says = `${kind} ${moved} ended ${status}; ${bad} of ${requests} requests to ${to} failed`
  const turnedBackFor = reason?.kind ?? null
  return [{ environment: name, at: endedAt, kind, isGreen: status === 'succeeded', turnedBackFor, says }]
}

/** Those that went live, the newest first. */
function releasesIn(rollouts: RolloutSummary[], environment: string): string[] {
  const promoted = rollouts.filter(
    (one) => one.environment === environment && one.kind !== 'drill' && one.status === 'succeeded',
  )
  return [...new Set(promoted.map(({ to }) => to))]
}
