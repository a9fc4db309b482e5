import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fact } from '../core/narrate.ts'
import { newRollout } from '../core/new-rollout.ts'
import type { ReleaseId } from '../core/release.ts'
import { compile, isExclusive } from '../core/strategies/index.ts'
import { SluiceError } from '../errors.ts'
import type { Keeper } from '../runtime/keeper.ts'
import type { ReleaseRecord } from '../runtime/records.ts'
import { prepareRelease } from '../targets/process/release-folder.ts'
import type { ReleaseSpec } from '../targets/target.ts'
import type { DeployNews, DeployRequest } from './contract.ts'
import { type Control, releaseFolder } from './control.ts'
import { gitFacts } from './git.ts'
import {
  checkedEnv,
  chooseStrategy,
  type Intent,
  planRequest,
  readIntent,
  settingsOf,
  specOf,
} from './intent.ts'
import { prune } from './prune.ts'
import { recommendFor } from './recommend.ts'

const buildLimitMs = 30 * 60_000

/** Deploys that have not become a rollout yet; a second one for the same environment is refused meanwhile. */
const preparing = new Map<string, string>()

/**
 * From a folder to a rollout that is under way. Everything that can be checked is checked before anything is built, and
 * everything is built before anything moves; `tell` hears of it on the way. Throws SluiceErrors of every kind but `bug`.
 */
export async function deploy(
  control: Control,
  request: DeployRequest,
  tell: (news: DeployNews) => void,
): Promise<void> {
  if (control.store.isFull()) await control.store.recover()
  if (control.store.isFull()) throw diskFull()
  const intent = await readIntent(request.folder, request.environment)
  const { id } = intent.environment
  refuseSecond(control, id, request)
  preparing.set(id, request.by)
  try {
    await deployTo(control, intent, request, tell)
  } finally {
    preparing.delete(id)
  }
}

async function deployTo(
  control: Control,
  intent: Intent,
  request: DeployRequest,
  tell: (news: DeployNews) => void,
) {
  const { environment, config } = intent
  const state = control.keepers.get(environment.id)?.state ?? null
  const recommended = await recommendFor(control, intent, state)
  const strategy = chooseStrategy(intent, request.strategy, recommended.strategy, control.target.can)
  const env = await checkedEnv(intent)
  refuseRouteConflict(control, intent)
  const isOwnChoice = request.strategy !== undefined || environment.strategy !== null
  tell({
    kind: 'planned',
    app: config.app,
    environment: environment.name,
    target: environment.target,
    router: environment.router,
    instances: environment.instances,
    strategy: strategy.kind,
    recommended: isOwnChoice ? null : recommended.why,
    warnings: warningsOf(intent, strategy.kind),
  })
  const startedAt = control.clock.now()
  const say = (title: string, text: string) => tell({ kind: 'fact', fact: fact(control, title, text) })
  if (config.envSchema !== null)
    say('configuration', `${Object.keys(env).length} variables checked against ${config.envSchema}`)

  const release = await releaseFor(control, intent, request, say)
  const keeper = await control.keeperFor((token) => settingsOf(intent, token))
  if (request.supersede) await supersede(keeper, request.by, say)
  if (!keeper.state.isUp) await keeper.bringUp()
  await keeper.settle(settingsOf(intent, keeper.settings.route.preview?.token ?? ''))
  const spec = specOf(intent, {
    release: release.release,
    env,
    ...(await placeFor(control, intent, release)),
  })
  await control.records.environments.saveSpec(spec, control.clock.now())

  const plan = planRequest(intent, keeper.state, release.release)
  const rollout = newRollout({
    id: randomBytes(4).toString('hex'),
    kind: 'deploy',
    environment: environment.id,
    strategy: strategy.kind,
    stable: keeper.state.stable,
    candidate: plan.candidate,
    steps: compile(strategy, plan),
    isExclusive: isExclusive(strategy),
    keepWarmMs: plan.keepWarmMs,
    drainMs: plan.drainMs,
    hasOnFailure: plan.hooks.includes('onFailure'),
    isWarm: false,
    at: startedAt,
    weights: keeper.state.routing?.weights ?? {},
    weightEpoch: keeper.state.weightEpoch,
    nextEffect: keeper.state.nextEffect,
  })
  const note = { source: request.folder, warnings: warningsOf(intent, strategy.kind) }
  const driven = await keeper.begin(rollout, { startedBy: request.by, note })
  await control.records.audit({
    at: startedAt,
    by: request.by,
    environment: environment.id,
    what: 'deploy',
    data: { release: release.release, rollout: rollout.id, strategy: strategy.kind },
  })
  const { live } = control.router.url(keeper.settings.route)
  tell({
    kind: 'rollout',
    id: rollout.id,
    from: rollout.stable?.release ?? null,
    to: release.release,
    url: live,
  })
  void driven.done.then(() => prune(control, config.app, keeper.settings.keepReleases)).catch(() => {})
}

/** The release that the request names, or a new one from the folder's content. */
async function releaseFor(
  control: Control,
  intent: Intent,
  request: DeployRequest,
  say: (title: string, text: string) => void,
): Promise<ReleaseRecord> {
  return request.release === undefined
    ? newRelease(control, intent, request.by, say)
    : knownRelease(control, intent.config.app, request.release)
}

async function knownRelease(control: Control, app: string, release: ReleaseId): Promise<ReleaseRecord> {
  const found = /^r[1-9]\d*$/.test(release) ? await control.records.releases.find(app, release) : null
  if (found?.state === 'built') return found
  const built = (await control.records.releases.list(app))
    .filter((one) => one.state === 'built')
    .map((one) => one.release)
  const known = built.length === 0 ? 'there are none' : `there are: ${built.join(', ')}`
  const what =
    found === null
      ? `${app} has no release ${release}`
      : `${release} of ${app} is no longer built (${found.state})`
  throw new SluiceError('UNKNOWN_RELEASE', `${what}; ${known}`, {
    todo: 'choose one of them, or deploy the folder again',
  })
}

async function newRelease(
  control: Control,
  intent: Intent,
  by: string,
  say: (title: string, text: string) => void,
): Promise<ReleaseRecord> {
  const { records, clock, home } = control
  const { config, folder } = intent
  const [git, record] = await Promise.all([
    gitFacts(folder),
    records.releases.begin({
      app: config.app,
      source: folder,
      by,
      at: clock.now(),
      folderOf: (release) => join(releaseFolder(home, config.app, release), 'files'),
    }),
  ])
  try {
    const files = await prepareRelease({
      from: folder,
      releaseFolder: releaseFolder(home, config.app, record.release),
      leaveOut: [home.root],
      build:
        config.build.command === null
          ? null
          : { command: config.build.command as string, env: {}, timeoutMs: buildLimitMs },
      data: await dataOf(control, intent),
    })
    const facts = { files: files.files, bytes: files.bytes, git }
    await records.releases.finish(record, { state: 'built', digest: files.digest, facts })
    const revision = git === null ? '' : `, git ${git.revision} (${git.isClean ? 'clean' : 'with changes'})`
    say(
      'release',
      `${record.release} from ${folder}${revision}, ${files.files} files, ${sizeText(files.bytes)}`,
    )
    if (files.buildMs !== null)
      say('build', `${config.build.command} (${(files.buildMs / 1_000).toFixed(1)} s)`)
    return { ...record, state: 'built', digest: files.digest, facts }
  } catch (error) {
    await records.releases.finish(record, { state: 'failed' })
    throw error
  }
}

/** Where this environment runs the release from. One that keeps data cannot share its files with another environment. */
async function placeFor(
  control: Control,
  intent: Intent,
  release: ReleaseRecord,
): Promise<{ folder: string; data: ReleaseSpec['data'] }> {
  const data = await dataOf(control, intent)
  if (data.length === 0) return { folder: release.folder, data }
  const builtFor = await control.records.environments.deployedTo(intent.config.app, release.release)
  if (builtFor.every((environment) => environment === intent.environment.id))
    return { folder: release.folder, data }
  const own = releaseFolder(control.home, intent.config.app, `${release.release}-${intent.environment.name}`)
  const files = await prepareRelease({ from: release.folder, releaseFolder: own, build: null, data })
  return { folder: files.folder, data }
}

async function dataOf(control: Control, { config, environment }: Intent): Promise<ReleaseSpec['data']> {
  const root = join(control.home.app(config.app), 'data', environment.name)
  const pairs = config.data.map((path): [string, string] => [path, join(root, path)])
  for (const [, outside] of pairs) await mkdir(outside, { recursive: true })
  return pairs
}

function refuseSecond(control: Control, id: string, request: DeployRequest): void {
  const preparedBy = preparing.get(id)
  if (preparedBy !== undefined) {
    throw new SluiceError('ROLLOUT_UNDER_WAY', `a deploy of ${id} by ${preparedBy} is being prepared`, {
      todo: 'wait for it: sluice status --watch',
    })
  }
  const rollout = control.keepers.get(id)?.rollout
  if (rollout === null || rollout === undefined || request.supersede) return
  throw underWay(control, rollout)
}

/** Who started what, how far it is, and what can be done about it. */
export function underWay(control: Control, rollout: NonNullable<Keeper['rollout']>): SluiceError {
  const share = (rollout.asked?.weights[rollout.candidate.release] ?? 0) / 100
  const minutes = Math.round((control.clock.now() - rollout.startedAt) / 60_000)
  const since = minutes === 0 ? 'less than a minute ago' : `${minutes} min ago`
  return new SluiceError(
    'ROLLOUT_UNDER_WAY',
    `a rollout is under way: ${rollout.candidate.release} by ${rollout.strategy} at ${share} %, started ${since} (rollout ${rollout.id})`,
    {
      todo: [
        'wait for it        sluice status --watch',
        'end it and go on   sluice deploy --supersede',
        'end it             sluice abort',
      ].join('\n'),
    },
  )
}

async function supersede(
  keeper: Keeper,
  by: string,
  say: (title: string, text: string) => void,
): Promise<void> {
  const rollout = keeper.rollout
  if (rollout === null) return
  say('supersede', `ending the rollout of ${rollout.candidate.release} first (rollout ${rollout.id})`)
  await keeper.tell({ kind: 'aborted', at: Date.now(), by, why: 'superseded' })
  await keeper.idle()
}

// Two apps that answer to the same address would take turns with each other's users.
function refuseRouteConflict(control: Control, intent: Intent): void {
  const { host, path, id } = intent.environment
  for (const keeper of control.keepers.values()) {
    const { route } = keeper.settings
    if (keeper.id === id || !keeper.state.isUp || route.pathPrefix !== path || !route.hosts.includes(host))
      continue
    throw new SluiceError('ROUTE_CONFLICT', `${host}${path} is the address of ${keeper.id} already`, {
      todo: `give environments.${intent.environment.name} another host or path in sluice.yaml`,
    })
  }
}

/** What is worth knowing before it begins. */
export function warningsOf({ environment }: Intent, strategy: string): string[] {
  if (strategy !== 'canary' || environment.instances >= 3) return []
  return [
    `with ${environment.instances} candidate instance${environment.instances === 1 ? '' : 's'} a canary judges the luck of one instance as much as the release; 3 or more are better`,
  ]
}

function fact(control: Control, title: string, text: string): Fact {
  return { at: control.clock.now(), mark: 'done', title, text }
}

function diskFull(): SluiceError {
  return new SluiceError(
    'STORE_FULL',
    'the disk that holds SLUICE_HOME is full: a rollout could not be written down',
    {
      todo: 'make room there, then deploy again. What is running goes on',
    },
  )
}

function sizeText(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1_000))} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
