import { constants } from 'node:fs'
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ms } from '../../core/release.ts'
import { SluiceError } from '../../errors.ts'
import { readJson, writeJson } from '../../host/json-file.ts'
import { type Clock, systemClock } from '../fleet/clock.ts'
import { takeSnapshot } from '../snapshot/snapshot.ts'
import type { Artifact, ArtifactRequest, Artifacts, ReleaseSpec } from '../target.ts'
import { endBuild, runBuild } from './build.ts'
import { linkData } from './data-links.ts'

/**
 * A release's own folder:
 *
 *     releases/r7/files/         the copy in which its instances run
 *     releases/r7/build.log      what the build printed
 *     releases/r7/release.json   written last: the release is complete, and we never write into `files` again
 *
 * The app itself may write into `files`, but what it writes is gone with the release; what has to stay goes to `data`.
 */
export interface ReleaseFiles extends Artifact {
  completedAt: Ms
}

/** Releases as folders of this machine. */
export const releaseFolders: Artifacts = {
  prepare: prepareRelease,
  copy: copyRelease,
  remove: removeRelease,
}

/**
 * Copies, builds and completes a release. Does nothing where that was done already, and starts anew where a crash has
 * left it half done. Throws SNAPSHOT_FAILED or BUILD_FAILED, and leaves nothing but the build's log then.
 */
export async function prepareRelease(
  request: ArtifactRequest,
  clock: Clock = systemClock,
): Promise<ReleaseFiles> {
  const { from, releaseFolder, data } = request
  const known = await readRelease(releaseFolder)
  if (known !== null) return known
  await removeRelease(releaseFolder)
  await mkdir(releaseFolder, { recursive: true })
  const folder = join(releaseFolder, 'files')
  try {
    const leaveOut = [...(request.leaveOut ?? []), ...data.map(([inside]) => inside)]
    const snapshot = await takeSnapshot({ from, to: folder, leaveOut })
    const buildMs = await build(request, folder, clock)
    return await complete({ ...snapshot, folder, buildMs }, releaseFolder, data, clock)
  } catch (error) {
    // What a build printed is worth keeping; an empty folder is not.
    await rm(request.build === null ? releaseFolder : folder, { recursive: true, force: true })
    throw error
  }
}

/**
 * The same release once more, for an environment that keeps its data elsewhere: everything is copied as it was built,
 * and the links of `data` lead to other folders. `built` and `releaseFolder` are like `…/releases/r7`. Does nothing
 * where it was done already. Throws SNAPSHOT_FAILED where `built` is not complete.
 */
export async function copyRelease(
  request: { built: string; releaseFolder: string; data: ReleaseSpec['data'] },
  clock: Clock = systemClock,
): Promise<ReleaseFiles> {
  const { built, releaseFolder, data } = request
  const [known, original] = await Promise.all([readRelease(releaseFolder), readRelease(built)])
  if (known !== null) return known
  if (original === null) throw new SluiceError('SNAPSHOT_FAILED', `there is no complete release in ${built}`)
  await removeRelease(releaseFolder)
  const folder = join(releaseFolder, 'files')
  const kept = new Set(data.map(([inside]) => join(original.folder, inside)))
  await cp(original.folder, folder, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (path) => !kept.has(path),
  })
  return complete({ ...original, folder }, releaseFolder, data, clock)
}

/** What was written when the release was completed; null where it never was. */
export function readRelease(releaseFolder: string): Promise<ReleaseFiles | null> {
  return readJson<ReleaseFiles>(factsFile(releaseFolder))
}

/** Removes a release, complete or not. What its instances keep in `data` stays. */
export async function removeRelease(releaseFolder: string): Promise<void> {
  await endBuild(releaseFolder)
  await rm(factsFile(releaseFolder), { force: true })
  await rm(releaseFolder, { recursive: true, force: true })
}

async function complete(
  made: Omit<ReleaseFiles, 'completedAt'>,
  releaseFolder: string,
  data: ReleaseSpec['data'],
  clock: Clock,
): Promise<ReleaseFiles> {
  await linkData(made.folder, data)
  const files = { ...made, completedAt: clock.now() }
  await writeJson(factsFile(releaseFolder), files, { durable: true })
  return files
}

async function build(request: ArtifactRequest, folder: string, clock: Clock): Promise<number | null> {
  if (request.build === null) return null
  const started = clock.now()
  await runBuild({ ...request.build, folder, log: join(request.releaseFolder, 'build.log') }, clock)
  return clock.now() - started
}

const factsFile = (releaseFolder: string) => join(releaseFolder, 'release.json')
