import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoEngine } from '../lab/engine.ts'
import { nodeImage } from '../lab/images.ts'
import { openRegistry, type Registry, whyNoRegistry } from '../lab/registry.ts'
import { openSwarm, type Swarm } from '../lab/swarm.ts'
import { openYard, until, type Yard } from './yard.ts'

const why = whyNoEngine() ?? whyNoRegistry()
if (why !== null) console.log(`skipped: a rollout on three nodes: ${why}`)

describe.skipIf(why !== null)('a rollout on a swarm of three managers', () => {
  let swarm: Swarm
  let registry: Registry
  let yard: Yard

  beforeAll(async () => {
    swarm = await openSwarm({ nodes: 3 })
    registry = await openRegistry({ address: swarm.address })
    await nodeImage(swarm.nodes[0]!)
    const [first, ...others] = swarm.nodes.map(({ host }) => host)
    const place = { target: 'swarm', router: 'embedded', engine: first!, managers: others.join(',') }
    yard = await openYard({ place })
  }, 240_000)

  afterAll(async () => {
    await yard?.close()
    await registry?.close()
    await swarm?.close()
  }, 240_000)

  it('goes on to its end when the machine of the leader dies in the middle of it', async () => {
    const strategy = { rolling: { batch: 1, analyze: { for: '2s' } } }
    await yard.configure({ instances: 3, strategy, container: { registry: registry.host } })
    expect((await yard.deploy()).rollout.status).toBe('succeeded')

    await yard.edit('second')
    const id = await yard.begin()
    await until(async () => instancesOf('r2', await yard.status()) > 0)
    const leader = await swarm.leader()
    await leader.crash()

    expect((await yard.follow(id)).rollout).toMatchObject({ status: 'succeeded', from: 'r1', to: 'r2' })
    expect((await swarm.leader()).name).not.toBe(leader.name)
    await until(async () => readyOf('r2', await yard.status()) === 3, 120_000)
    expect(await yard.get('/')).toMatchObject({ status: 200, release: 'r2' })
    await leader.start()
    await swarm.settled()
  })
})

type Status = Awaited<ReturnType<Yard['status']>>

function found(release: string, { environments }: Status) {
  return environments[0]?.releases.find((one) => one.release === release)?.instances ?? []
}

const instancesOf = (release: string, status: Status) => found(release, status).length
const readyOf = (release: string, status: Status) =>
  found(release, status).filter(({ state }) => state === 'ready').length
