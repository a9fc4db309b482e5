import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import type { ReleaseId } from '../core/release.ts'
import { SluiceError } from '../errors.ts'
import { firstTarget, type ReleaseFacts, type ReleaseRecord } from '../runtime/release-records.ts'
import type { Artifact, ImageRequest, ReleaseSpec } from '../targets/target.ts'
import type { Control } from './control.ts'
import { gitFacts } from './git.ts'
import type { Home } from './home.ts'
import type { Intent } from './intent.ts'

const buildLimitMs = 30 * 60_000

export type Say = (title: string, text: string) => void

/** Takes the folder's content as the app's next release and builds it. Throws SNAPSHOT_FAILED or BUILD_FAILED. */
export async function newRelease(
  control: Control,
  intent: Intent,
  by: string,
  say: Say,
): Promise<ReleaseRecord> {
  const { records, clock, home, outside } = control
  const { config, environment } = intent
  const folder = resolve(intent.folder, config.build.context)
  const [artifacts, git, record] = await Promise.all([
    outside.artifacts(environment.target),
    gitFacts(folder),
    records.releases.begin({
      app: config.app,
      source: intent.folder,
      by,
      at: clock.now(),
      folderOf: (release) => join(releaseFolder(home, config.app, release), 'files'),
    }),
  ])
  try {
    const files = await artifacts.prepare({
      from: folder,
      releaseFolder: dirname(record.folder),
      leaveOut: [home.root],
      build:
        config.build.command === null
          ? null
          : { command: config.build.command, env: {}, timeoutMs: buildLimitMs },
      data: await dataOf(control, intent),
      ...(outside.can(environment).runsImages ? { image: imageOf(intent, record.release) } : {}),
    })
    const facts: ReleaseFacts = {
      ...{ files: files.files, bytes: files.bytes, git, target: environment.target },
      ...(files.image === undefined ? {} : { image: files.image }),
    }
    await records.releases.finish(record, { state: 'built', digest: files.digest, facts })
    const revision = git === null ? '' : `, git ${git.revision} (${git.isClean ? 'clean' : 'with changes'})`
    say(
      'release',
      `${record.release} from ${folder}${revision}, ${files.files} files, ${sizeText(files.bytes)}`,
    )
    if (files.buildMs !== null)
      say('build', `${whatWasBuilt(config, files)} (${(files.buildMs / 1_000).toFixed(1)} s)`)
    return { ...record, state: 'built', digest: files.digest, facts }
  } catch (error) {
    await records.releases.finish(record, { state: 'failed' })
    throw error
  }
}

/** A release that was built before and is still there. Throws UNKNOWN_RELEASE, listing those that are. */
export async function knownRelease(
  control: Control,
  app: string,
  release: ReleaseId,
): Promise<ReleaseRecord> {
  const found = await control.records.releases.find(app, release)
  if (found?.state === 'built') return found
  const built = (await control.records.releases.list(app)).filter((one) => one.state === 'built')
  const known =
    built.length === 0 ? 'there are none' : `there are: ${built.map((one) => one.release).join(', ')}`
  const what =
    found === null
      ? `${app} has no release ${release}`
      : `the files of ${release} are no longer there (${found.state})`
  throw new SluiceError('UNKNOWN_RELEASE', `${what}; ${known}`, {
    todo: 'Choose one of them, or deploy the folder again.',
  })
}

/**
 * What this environment runs the release from. An app that keeps data has links to it in its files, so each environment
 * gets a copy of its own; containers run from the image. Throws UNKNOWN_RELEASE for one that was made for another kind
 * of target.
 */
export async function placeFor(
  control: Control,
  intent: Intent,
  release: ReleaseRecord,
): Promise<Pick<ReleaseSpec, 'folder' | 'data' | 'container'>> {
  refuseOtherKind(control, intent, release)
  const data = await dataOf(control, intent)
  const { image } = release.facts
  if (image !== undefined) {
    const { registry: _, ...container } = intent.environment.container
    return { folder: release.folder, data, container: { image, ...container } }
  }
  if (data.length === 0) return { folder: release.folder, data }
  const environments = await control.records.environments.deployedTo(intent.config.app, release.release)
  if (environments.every((one) => one === intent.environment.id)) return { folder: release.folder, data }
  const built = dirname(release.folder)
  const own = `${built}-${intent.environment.name}`
  const artifacts = await control.outside.artifacts(intent.environment.target)
  const { folder } = await artifacts.copy({ built, releaseFolder: own, data })
  return { folder, data }
}

/** `…/apps/shop/releases/r7`. */
export function releaseFolder(home: Home, app: string, release: ReleaseId): string {
  return join(home.app(app), 'releases', release)
}

async function dataOf(control: Control, { config, environment }: Intent): Promise<ReleaseSpec['data']> {
  const root = join(control.home.app(config.app), 'data', environment.name)
  const pairs = config.data.map((path): [string, string] => [path, join(root, path)])
  for (const [, outside] of pairs) await mkdir(outside, { recursive: true })
  return pairs
}

// A folder of files is nothing that a container could run from, nor the other way round.
function refuseOtherKind(
  { outside }: Control,
  { environment }: Intent,
  { release, facts }: ReleaseRecord,
): void {
  if ((facts.image !== undefined) === outside.can(environment).runsImages) return
  throw new SluiceError(
    'UNKNOWN_RELEASE',
    `${release} was made for the target ${facts.target ?? firstTarget}, and ${environment.name} runs on ${environment.target}`,
    { todo: 'Deploy the folder again: it becomes a release of its own.' },
  )
}

/** What containers of the release are to run from. */
function imageOf({ config, environment }: Intent, release: ReleaseId): ImageRequest {
  const { image, build, app } = config
  const name = `sluice/${app}:${release}`
  const { registry } = environment.container
  if (image !== null) return { kind: 'named', registry, name: image, keepAs: name }
  const { dockerfile, stage, args } = build
  return { kind: 'built', registry, name, dockerfile, stage, args }
}

function whatWasBuilt({ build }: Config, { image }: Artifact): string {
  return image === undefined
    ? shown(build.command)
    : `${build.dockerfile}, ${image.replace(/(?<=sha256:[0-9a-f]{12})[0-9a-f]+$/, '')}`
}

function shown(command: string | string[] | null): string {
  return typeof command === 'string' ? command : (command ?? []).join(' ')
}

function sizeText(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1_000))} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
