import { join } from 'node:path'
import { SluiceError } from '../../errors.ts'
import { readJson, writeJson } from '../../host/json-file.ts'
import type { Engine, ImageFacts } from '../docker/engine.ts'
import { releaseImages } from '../docker/release-image.ts'
import { type Clock, systemClock } from '../fleet/clock.ts'
import type { Artifact, ArtifactRequest, Artifacts, ImageRequest } from '../target.ts'
import { type Managers, openManagers } from './managers.ts'
import { pushImage } from './push-image.ts'
import { swarmOf } from './swarm-api.ts'

/** The name in a registry that a release was given, and that goes with it. */
interface Pushed {
  name: string
}

/**
 * Releases as images that every node of a swarm can get: made by the first manager as they are for one engine, then named
 * by their digest in a registry. Only where there is one node is the image of that node's engine enough.
 */
export function swarmImages(managers: Managers = openManagers(), clock: Clock = systemClock): Artifacts {
  const engine = managers.engines[0]!
  const own = releaseImages(engine, clock)

  /** The name by which all nodes get it. */
  async function shared(artifact: Artifact, request: ImageRequest, releaseFolder: string): Promise<string> {
    const facts = await engine.image(artifact.image!)
    if (facts === null) throw new SluiceError('IMAGE_NOT_FOUND', `${artifact.image} is not there any more`)
    if (request.kind === 'named') {
      const known = digestIn(facts, repositoryOf(request.name)) ?? facts.digests[0]
      if (known !== undefined) return known
    }
    const { registry = null } = request
    if (registry !== null)
      return pushed(engine, facts, nameIn(registry, request), releaseFolder, managers.env)
    const nodes = await swarmOf(managers).nodes()
    if (nodes.length === 1) return facts.id
    throw noRegistry(
      request,
      nodes.map(({ name }) => name),
    )
  }

  return {
    async prepare(request: ArtifactRequest) {
      const artifact = await own.prepare(request)
      const image = await shared(artifact, request.image!, request.releaseFolder)
      await writeJson(sharedFile(request.releaseFolder), { image }, { durable: true })
      return { ...artifact, image }
    },

    async copy(request) {
      const artifact = await own.copy(request)
      const known = await readJson<{ image: string }>(sharedFile(request.built))
      if (known !== null) return { ...artifact, image: known.image }
      throw new SluiceError('SNAPSHOT_FAILED', `there is no complete release in ${request.built}`)
    },

    async remove(releaseFolder) {
      const known = await readJson<Pushed>(pushedFile(releaseFolder))
      if (known !== null) await engine.untag(known.name)
      await own.remove(releaseFolder)
    },
  }
}

async function pushed(
  engine: Engine,
  facts: ImageFacts,
  name: string,
  releaseFolder: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  await writeJson(pushedFile(releaseFolder), { name } satisfies Pushed, { durable: true })
  await engine.tag(facts.id, name)
  await pushImage(name, engine.address, env)
  const found = await engine.image(name)
  const digest = found === null ? null : digestIn(found, repositoryOf(name))
  if (digest !== null) return digest
  throw new SluiceError('IMAGE_NOT_FOUND', `${name} was pushed, and the registry has told no digest of it`)
}

function digestIn({ digests }: ImageFacts, repository: string): string | null {
  return digests.find((digest) => digest.startsWith(`${repository}@`)) ?? null
}

/** `ghcr.io/acme/shop` of `ghcr.io/acme/shop:1@sha256:…`. */
function repositoryOf(name: string): string {
  return name.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
}

/** `registry.example.com/team/shop:r7` of `sluice/shop:r7`. */
function nameIn(registry: string, request: ImageRequest): string {
  const name = request.kind === 'named' ? request.keepAs : request.name
  return `${registry.replace(/\/+$/, '')}/${name.replace(/^sluice\//, '')}`
}

function noRegistry(request: ImageRequest, nodes: string[]): SluiceError {
  const what = request.kind === 'named' ? request.name : `the image built from ${request.dockerfile}`
  const shown = `${nodes.slice(0, 5).join(', ')}${nodes.length > 5 ? ', …' : ''}`
  return new SluiceError(
    'IMAGE_UNFIT',
    `every node of the swarm (${shown}) has to be able to get ${what}, and only the engine of one has it`,
    {
      todo: 'Name a registry that all nodes reach (container.registry: registry.example.com/team), where Sluice then puts it; or push it yourself and name it there (image:).',
    },
  )
}

const sharedFile = (releaseFolder: string) => join(releaseFolder, 'shared.json')
const pushedFile = (releaseFolder: string) => join(releaseFolder, 'pushed.json')
