import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { isUnreachable } from '../../packages/sluice/src/cli/agent-client.ts'
import { seeded } from '../../packages/sluice/src/std/random.ts'
import { onLivingEngine, places } from '../e2e/places.ts'
import { isAlive, lost, openYard, type Quick, quick, until, type Yard } from '../e2e/yard.ts'

const neverBegan = 'never began'
const seed = Number(process.env.SLUICE_CHAOS_SEED ?? 20261122)
/** Where a rollout takes longer, fewer of them have to do, and death may come later. */
const paces = {
  quick: { rollouts: Number(process.env.SLUICE_CHAOS_ROLLOUTS ?? 50), latestMs: 1_500 },
  slow: { rollouts: Math.ceil(Number(process.env.SLUICE_CHAOS_ROLLOUTS ?? 50) / 20), latestMs: 4_000 },
}

describe.each(places)('on $name', (kind) => {
  const { missing, open } = kind
  it.skipIf(missing !== null)(
    `loses no request and ends every rollout when the agent is killed in the middle of it (seed ${seed})`,
    () => onLivingEngine(kind, survives, async () => {}),
    900_000,
  )

  async function survives(): Promise<void> {
    const random = seeded(seed)
    const place = await open()
    const isQuick = place.target === 'process' && place.router === 'embedded'
    const { rollouts, latestMs } = isQuick ? paces.quick : paces.slow
    const yard = await openYard({ place })
    try {
      await yard.configure({ strategy: quick['blue-green'] })
      await yard.deploy()
      const load = yard.load({ connections: 8, requestsPerSecond: 400 })
      const ends: Record<string, number> = {}
      // A death during the preparation leaves no rollout; it is tried too, but does not count. Where the machine is slow there are many.
      const mostTries = 8 * rollouts
      let killed = 0
      for (let index = 0; killed < rollouts && index < mostTries; index += 1) {
        const strategy = random.pick<Quick>(['rolling', 'blue-green', 'canary'])
        await yard.configure({ strategy: quick[strategy], env: { GREETING: `Hello ${index}` } })
        const end = await rolloutWithDeath(yard, random.between(0, latestMs))
        ends[end] = (ends[end] ?? 0) + 1
        if (end !== neverBegan) killed += 1
        expect(lost(load.snapshot()), `after try ${index + 1} (${strategy}, seed ${seed})`).toEqual([])
      }
      const report = await load.stop()
      expect(lost(report)).toEqual([])
      console.log(
        `${report.answered} requests answered, 0 lost; rollouts: ${JSON.stringify(ends)}; staleRetries ${report.staleRetries}`,
      )
      expect(ends.succeeded).toBe(rollouts)
    } finally {
      await yard.close()
    }
  }
})

/** Deploys, kills the agent after so long, and sees to it that what had begun ends. */
async function rolloutWithDeath(yard: Yard, afterMs: number): Promise<string> {
  const client = await yard.agent()
  const { pid } = (await client.hello())!
  const begun = yard.begin().catch((error) => {
    if (isUnreachable(error)) return null
    throw error
  })
  await sleep(afterMs) // The moment of death is what is tried here, not a wait for something.
  process.kill(pid, 'SIGKILL')
  await until(() => !isAlive(pid))
  const id = (await begun) ?? (await rolloutUnderWay(yard))
  if (id === null) return neverBegan
  return (await yard.follow(id)).rollout.status
}

async function rolloutUnderWay(yard: Yard): Promise<string | null> {
  const { environments } = await yard.status()
  return environments[0]?.rollout?.id ?? null
}
