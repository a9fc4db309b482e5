import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { swarmImages } from '../../packages/sluice/src/targets/swarm/swarm-images.ts'
import type { ArtifactRequest, ImageRequest } from '../../packages/sluice/src/targets/target.ts'
import { nodeImage } from '../lab/images.ts'
import { openRegistry, type Registry, whyNoRegistry } from '../lab/registry.ts'
import { openSwarm, type Swarm } from '../lab/swarm.ts'
import { allReady, apps, makeSwarmWorld, type SwarmWorld, untilObserved } from './swarm-world.ts'

const why = whyNoRegistry()

describe.skipIf(why !== null)(`images of a swarm${why === null ? '' : `: ${why}`}`, () => {
  let lab: Swarm
  let registry: Registry
  let folder: string
  let world: SwarmWorld

  beforeAll(async () => {
    lab = await openSwarm({ nodes: 2 })
    registry = await openRegistry({ address: lab.address })
    // On the first node alone.
    await nodeImage(lab.nodes[0]!)
  }, 240_000)

  afterAll(async () => {
    await registry?.close()
    await lab?.close()
  }, 120_000)

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-swarm-images-'))
    await writeFile(join(folder, 'Dockerfile'), 'FROM node:24-slim\nCOPY . /app\n')
    world = await makeSwarmWorld(lab.nodes, '')
    return async () => {
      await world.remove()
      await rm(folder, { recursive: true, force: true })
    }
  })

  const artifacts = () => swarmImages(world.managers)

  function request(image: ImageRequest): ArtifactRequest {
    return { from: folder, releaseFolder: join(world.root, 'releases/r1'), build: null, data: [], image }
  }

  const built = {
    kind: 'built',
    name: 'sluice/shop:r1',
    dockerfile: 'Dockerfile',
    stage: null,
    args: {},
  } as const

  test('are built once, put into the registry, and run on every node by their digest', async () => {
    const made = await artifacts().prepare(request({ ...built, registry: `${registry.host}/team` }))
    expect(made.image).toMatch(new RegExp(`^${registry.host}/team/shop@sha256:[0-9a-f]{64}$`))
    expect((await artifacts().prepare(request({ ...built, registry: `${registry.host}/team` }))).image).toBe(
      made.image,
    )
    const target = world.open()
    const away = { image: made.image!, constraints: [`node.hostname==${lab.nodes[1]!.name}`] }
    const spec = world.spec('r1', apps.good, away)
    await target.scale({ spec, count: 1, fence: { token: 1, effect: 1 } })
    await untilObserved(target, 'r1', allReady(1))
    await artifacts().remove(join(world.root, 'releases/r1'))
    expect(await world.managers.engines[0]!.image(`${registry.host}/team/shop:r1`)).toBe(null)
  })

  test('are refused where only one node would have them', async () => {
    const making = artifacts().prepare(request({ ...built, name: 'sluice/shop:r2' }))
    await expect(making).rejects.toMatchObject({
      code: 'IMAGE_UNFIT',
      todo: expect.stringContaining('container.registry'),
    })
  })

  test('that are in a registry already are named by their digest there', async () => {
    const name = `${registry.host}/base:24`
    await lab.nodes[0]!.docker(['tag', 'node:24-slim', name])
    expect((await lab.nodes[0]!.docker(['push', name])).code).toBe(0)
    const made = await artifacts().prepare(request({ kind: 'named', name, keepAs: 'sluice/shop:r3' }))
    expect(made.image).toMatch(new RegExp(`^${registry.host}/base@sha256:[0-9a-f]{64}$`))
  })
})
