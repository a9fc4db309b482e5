import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ms } from '../../core/release.ts'
import { SluiceError } from '../../errors.ts'
import { readJson, writeJson } from '../../host/json-file.ts'
import { type Clock, systemClock } from '../fleet/clock.ts'
import { takeSnapshot } from '../snapshot/snapshot.ts'
import type { Artifact, ArtifactRequest, Artifacts, ImageRequest } from '../target.ts'
import { buildImage } from './build-image.ts'
import { type Engine, type ImageFacts, openEngine } from './engine.ts'

/**
 * A release's own folder, beside the image that the engine has:
 *
 *     releases/r7/files/         the copy that the image was built from, in which hooks run
 *     releases/r7/build.log      what the build printed
 *     releases/r7/release.json   written last: the release is complete
 */
interface ReleaseImage extends Artifact {
  image: string
  /** The name that keeps it from being pruned, and that goes with the release: `sluice/shop:r7`. */
  imageName: string
  completedAt: Ms
}

/** Releases as images of one engine. */
export function releaseImages(engine: Engine = openEngine(), clock: Clock = systemClock): Artifacts {
  return {
    async prepare(request) {
      const { from, releaseFolder, leaveOut = [] } = request
      const known = await readJson<ReleaseImage>(factsFile(releaseFolder))
      if (known !== null && (await engine.image(known.image)) !== null) return known
      await rm(releaseFolder, { recursive: true, force: true })
      await mkdir(releaseFolder, { recursive: true })
      const folder = join(releaseFolder, 'files')
      try {
        const snapshot = await takeSnapshot({ from, to: folder, leaveOut })
        const { facts, imageName, buildMs } = await imageFor(engine, request, folder, clock)
        const release = { ...snapshot, folder, buildMs, image: facts.id, imageName, completedAt: clock.now() }
        await writeJson(factsFile(releaseFolder), release, { durable: true })
        return release
      } catch (error) {
        // What a build printed is worth keeping; an empty folder is not.
        await rm(folder, { recursive: true, force: true })
        throw error
      }
    },

    // What the app keeps is in volumes, so one image is enough for every environment.
    async copy({ built }) {
      const known = await readJson<ReleaseImage>(factsFile(built))
      if (known !== null) return known
      throw new SluiceError('SNAPSHOT_FAILED', `there is no complete release in ${built}`)
    },

    async remove(releaseFolder) {
      const known = await readJson<ReleaseImage>(factsFile(releaseFolder))
      if (known !== null) await untagOwn(engine, known)
      await rm(releaseFolder, { recursive: true, force: true })
    },
  }
}

async function imageFor(
  engine: Engine,
  { image, releaseFolder, build }: ArtifactRequest,
  folder: string,
  clock: Clock,
): Promise<{ facts: ImageFacts; imageName: string; buildMs: number | null }> {
  if (image === undefined) throw new SluiceError('BUG', 'a release for containers needs an image')
  if (image.kind === 'named') {
    const facts = await named(engine, image, limitsOf(build))
    await refuseUnfit(engine, facts, image.name)
    await engine.tag(facts.id, image.keepAs)
    return { facts, imageName: image.keepAs, buildMs: null }
  }
  const started = clock.now()
  const log = join(releaseFolder, 'build.log')
  const facts = await buildImage(engine, { ...image, folder, log, ...limitsOf(build) })
  try {
    await refuseUnfit(engine, facts, image.name)
  } catch (error) {
    await untagOwn(engine, { imageName: image.name, image: facts.id }).catch(() => {})
    throw error
  }
  return { facts, imageName: image.name, buildMs: clock.now() - started }
}

/**
 * The registry's newest under that name. The engine's own where it was made there, or where no registry has it: that one
 * cannot be had from anywhere else.
 */
async function named(
  engine: Engine,
  { name }: Extract<ImageRequest, { kind: 'named' }>,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<ImageFacts> {
  const isExact = name.includes('@sha256:')
  const own = await engine.image(name)
  if (own !== null && (isExact || own.digests.length === 0)) return own
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    await engine.pull(name, AbortSignal.any([limit, ...(signal ? [signal] : [])]))
  } catch (error) {
    if (limit.aborted)
      throw new SluiceError('TIMED_OUT', `${name} was not pulled within ${timeoutMs / 1_000} s`, {
        cause: error,
      })
    if (own === null || !(error instanceof SluiceError)) throw error
    if (error.code === 'IMAGE_NOT_FOUND' && !isForbidden(error)) return own
    throw new SluiceError(error.code, error.message, {
      todo: `Nobody can say whether ${name} has moved. To deploy the one that the engine has: image: ${own.digests[0]}`,
      cause: error,
    })
  }
  const pulled = await engine.image(name)
  if (pulled !== null) return pulled
  throw new SluiceError('IMAGE_NOT_FOUND', `${name} was pulled, and the engine does not have it`)
}

// It is there, and we may not have it.
function isForbidden({ message }: SluiceError): boolean {
  return /unauthorized|no basic auth credentials/i.test(message)
}

/** Takes our name away, unless it has been given to something else since. */
async function untagOwn(
  engine: Engine,
  { imageName, image }: Pick<ReleaseImage, 'imageName' | 'image'>,
): Promise<void> {
  if ((await engine.image(imageName))?.id === image) await engine.untag(imageName)
}

/** What a machine runs beside its own. */
const ALSO_RUNS: Record<string, string[]> = { amd64: ['386'], arm64: ['arm'] }

async function refuseUnfit(engine: Engine, image: ImageFacts, name: string): Promise<void> {
  const { os, architecture } = await engine.about()
  const fitting = [architecture, ...(ALSO_RUNS[architecture] ?? [])]
  if (image.os === os && fitting.includes(image.architecture)) return
  throw new SluiceError(
    'IMAGE_UNFIT',
    `${name} is for ${image.os}/${image.architecture}, and the engine at ${engine.address} runs ${os}/${architecture}`,
    { todo: `Build it for that platform: docker buildx build --platform ${os}/${architecture} …` },
  )
}

function limitsOf(build: ArtifactRequest['build']): { timeoutMs: number; signal?: AbortSignal } {
  return { timeoutMs: build?.timeoutMs ?? 30 * 60_000, ...(build?.signal ? { signal: build.signal } : {}) }
}

const factsFile = (releaseFolder: string) => join(releaseFolder, 'release.json')
