import type { Ms } from '../../core/release.ts'
import { percent, shareOf } from '../../core/weights.ts'
import type { EnvironmentStatus, RolloutSummary, StatusAnswer } from '../../server/contract.ts'
import { bar } from './bar.ts'
import { mark } from './mark.ts'
import type { Paint } from './paint.ts'
import { change } from './story.ts'
import { counted, pad } from './text.ts'
import { day, elapsed, shortTime } from './time.ts'

const barCells = 20

/** What the agent answered, and when. */
export interface Sample {
  at: Ms
  answer: StatusAnswer
}

interface StatusLook {
  /** An earlier sample, for rates. */
  before: Sample | null
  paint: Paint
  withPreview: boolean
}

/** Every environment, below its app: who has which traffic, how it fares, what is going on. */
export function statusLines(now: Sample, look: StatusLook): string[] {
  const { environments, warnings } = now.answer
  const loud = warnings.map((warning) => `${mark('attention', look.paint)} ${warning}`)
  if (environments.length === 0) return [...loud, 'Nothing is deployed yet: sluice deploy']
  const apps = Map.groupBy(environments, ({ app }) => app)
  const column = Math.max(12, ...environments.map(({ name }) => name.length)) + 1
  return [
    ...loud,
    ...[...apps].flatMap(([app, ofApp]) => [
      look.paint.bold(app),
      ...ofApp.flatMap((environment) => environmentLines(environment, now, look, column)),
    ]),
  ]
}

function environmentLines(
  environment: EnvironmentStatus,
  now: Sample,
  look: StatusLook,
  column: number,
): string[] {
  const indent = `  ${' '.repeat(column)}`
  return [
    `  ${pad(environment.name, column)}${trafficOf(environment, now.at, look.paint)}`,
    ...(environment.isUp ? [countsOf(environment, now, look)] : []).map((line) => indent + line),
    ...(environment.rollout === null ? [] : [indent + rolloutLine(environment.rollout, now.at, look.paint)]),
    ...warmLines(environment, now.at).map((line) => indent + line),
    ...drillLines(environment).map((line) => indent + line),
    ...removalLines(environment, now.at).map((line) => indent + line),
    ...troubleLines(environment, look.paint).map((line) => indent + line),
    ...(look.withPreview ? previewLines(environment) : []).map((line) => indent + line),
  ]
}

function trafficOf(
  { isUp, stable, stableSince, weights, url }: EnvironmentStatus,
  now: Ms,
  paint: Paint,
): string {
  if (!isUp) return stable === null ? 'down' : `down; ${stable.release} is deployed, start it with: sluice up`
  const names = Object.keys(weights).filter((release) => shareOf(weights, release) > 0)
  const arms = names.toSorted((a, b) => Number(b === stable?.release) - Number(a === stable?.release))
  if (arms.length === 0)
    return stable === null ? 'nothing serves yet' : `${stable.release} is deployed, and nothing serves`
  const since = stableSince === null || arms.length > 1 ? '' : `   since ${shortTime(stableSince, now)}`
  return `${arms.map((release) => arm(release, arms.length > 1)).join('   ')}${since}   ${paint.bold(url)}`

  function arm(release: string, isShared: boolean): string {
    const share = shareOf(weights, release)
    const colour = release === stable?.release ? paint.cyan : paint.green
    return [release, ...(isShared ? [colour(bar(share, barCells))] : []), percent(share)].join(' ')
  }
}

function countsOf(environment: EnvironmentStatus, now: Sample, { before, paint }: StatusLook): string {
  const { requests, failed, retried } = environment.totals
  const earlier = before?.answer.environments.find(({ id }) => id === environment.id)
  // A proxy that was started anew counts from nothing again.
  const isRate = before !== null && earlier !== undefined && requests >= earlier.totals.requests
  const rate = isRate ? [`${rateOf(requests - earlier.totals.requests, now.at - before.at)} req/s`] : []
  const failures = failed === 0 ? 'none failed' : paint.red(`${failed.toLocaleString('en')} failed`)
  const ready = environment.releases.filter(isThere).map(({ wanted, instances }) => {
    return `${instances.filter(({ state }) => state === 'ready').length} of ${wanted}`
  })
  return [
    ...rate,
    requests === 0
      ? 'no requests counted yet'
      : `${counted(requests, 'request')}, ${failures}${retried > 0 ? `, ${retried} retried` : ''}`,
    ready.length === 0 ? 'no instances' : `${ready.join(' + ')} instances ready`,
  ].join('   ')
}

function rateOf(requests: number, ms: number): string {
  const rate = (requests * 1_000) / Math.max(1, ms)
  return rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en')
}

function rolloutLine(rollout: RolloutSummary, now: Ms, paint: Paint): string {
  const { step, waitsFor, status, strategy, id, startedAt, startedBy } = rollout
  const kind = waitsFor !== null || status === 'undoing' ? 'attention' : 'going'
  const what = status === 'undoing' ? 'going back, ' : ''
  const place = step === null ? '' : `step ${step.index + 1} of ${step.count}: `
  const text =
    waitsFor === null
      ? (step?.text ?? '')
      : `waits: ${waitsFor} (sluice ${rollout.paused ? 'resume' : 'promote'})`
  const who = paint.dim(`for ${elapsed(now - startedAt)} by ${startedBy}, rollout ${id}`)
  return `${mark(kind, paint)} ${change(rollout)} by ${strategy}: ${what}${place}${text}   ${who}`
}

// A rollout ends them before it starts anything, and the state says so when it is over.
function warmLines({ warm, releases }: EnvironmentStatus, now: Ms): string[] {
  const running = warm.filter(({ release }) =>
    releases.some((one) => one.release === release && isThere(one)),
  )
  return running.map(
    ({ release, retireAt }) => `${release} stays warm until ${shortTime(retireAt, now)} for a quick rollback`,
  )
}

function drillLines({ lastDrill }: EnvironmentStatus): string[] {
  if (lastDrill === null) return []
  const { at, caught, faults } = lastDrill
  return [`last drill: ${day(at)}, ${caught} of ${faults} caught`]
}

function removalLines({ removedAt }: EnvironmentStatus, now: Ms): string[] {
  return removedAt === null ? [] : [`removed ${shortTime(removedAt, now)}, unless it is deployed to again`]
}

function isThere({ wanted, instances }: EnvironmentStatus['releases'][number]): boolean {
  return wanted > 0 || instances.length > 0
}

// Old troubles are history once every instance is ready.
function troubleLines({ releases, isUp }: EnvironmentStatus, paint: Paint): string[] {
  return releases.flatMap(({ wanted, instances, facts }) => {
    const newest = facts.at(-1)
    const isWell = instances.filter(({ state }) => state === 'ready').length >= wanted
    return isWell || !isUp || newest === undefined
      ? []
      : [`${mark('attention', paint)} ${newest.instance}: ${newest.message}`]
  })
}

function previewLines({ previewUrl, previewToken }: EnvironmentStatus): string[] {
  if (previewUrl === null || previewToken === null) return []
  const url = new URL(previewUrl)
  url.searchParams.set('sluice_token', previewToken)
  return [`preview  ${url}`]
}
