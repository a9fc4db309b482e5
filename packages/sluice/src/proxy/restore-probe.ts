import { connect } from 'node:net'
import type { EnvironmentRoute, InstanceRoute, Table } from './table.ts'

/** How long a start may be held up by instances that do not answer; they are asked all at once. */
const probeLimitMs = 500

/**
 * The table with every instance that accepts no connection marked `draining`: used when a table from disk is served
 * again and nobody knows what became of its instances.
 */
export async function markDeadInstances(table: Table): Promise<{ table: Table; dead: string[] }> {
  const dead = new Set<InstanceRoute>()
  const serving = instancesOf(table).filter((instance) => instance.state === 'serving')
  await Promise.all(
    serving.map(async (instance) => {
      if (!(await accepts(instance))) dead.add(instance)
    }),
  )
  const environments = table.environments.map((environment) => withDraining(environment, dead))
  return { table: { ...table, environments }, dead: [...dead].map((instance) => instance.id) }
}

function instancesOf(table: Table): InstanceRoute[] {
  return table.environments.flatMap(({ releases }) => releases.flatMap(({ instances }) => instances))
}

function withDraining(environment: EnvironmentRoute, dead: Set<InstanceRoute>): EnvironmentRoute {
  const releases = environment.releases.map((release) => ({
    ...release,
    instances: release.instances.map((instance) =>
      dead.has(instance) ? { ...instance, state: 'draining' as const } : instance,
    ),
  }))
  return { ...environment, releases }
}

function accepts({ host, port }: InstanceRoute): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const answer = (isThere: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(isThere)
    }
    const timer = setTimeout(() => answer(false), probeLimitMs)
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
  })
}
