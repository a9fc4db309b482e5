import { describeProposal, describeShare, describeTime } from '../../server/describe-foresight.ts'
import { mark } from '../view/mark.ts'
import type { Paint } from '../view/paint.ts'
import { table } from '../view/text.ts'
import { roughly } from '../view/time.ts'
import type { Source } from './assumptions.ts'
import type { Blindness } from './blindness.ts'
import type { Fate, Times } from './rehearsals.ts'
import type { Rehearsing, Simulation } from './simulate.ts'

/** What is rehearsed, and everything that is assumed for it. */
export function assumptionLines(rehearsing: Rehearsing, paint: Paint): string[] {
  const { app, environment, strategy, runs, seed, assumptions } = rehearsing
  const { service, sources, hasNoFailures } = assumptions
  const { requestsPerSecond, failedShare, clientErrorShare, medianMs, p99Ms } = service
  const failuresFrom = hasNoFailures
    ? 'none in the last half hour; reckoned with a few'
    : origins[sources.failedShare]
  const hint = sources.failedShare === 'default' ? ': --baseline-error says otherwise' : ''
  const answers = `half within ${milliseconds(medianMs)}, 99 % within ${milliseconds(p99Ms)}`
  return [
    `${paint.bold(`${app} → ${environment}`)} by ${strategy}, each candidate rehearsed ${runs} times, seed ${seed}`,
    ...table([
      ['  requests', `${rounded(requestsPerSecond)}/s`, origins[sources.requestsPerSecond]],
      ['  failures', describeShare(failedShare), `${failuresFrom}${hint}`],
      ['  4xx', describeShare(clientErrorShare), origins[sources.clientErrorShare]],
      ['  answers', answers, origins[sources.latency]],
    ]),
    paint.dim(
      '  Assumed as well: requests come and fail independently of each other; a regression is there from the',
    ),
    paint.dim(
      '  start; instances are ready at once, hooks succeed, and whoever is asked to approve does so at once.',
    ),
  ]
}

const origins: { [S in Source]: string } = {
  option: 'as you say',
  traffic: 'as it was lately',
  default: 'assumed',
}

/** How the candidates fared, and what to change where too many of them were missed. */
export function simulationLines(simulation: Simulation, strategy: string, paint: Paint): string[] {
  const { unchanged, regressions, blindness } = simulation
  const [head = '', ...rows] = table([
    ['  candidate', 'rolled back', 'half within', '90 % within', 'promoted', 'undecided', 'requests harmed'],
    rowOf('no change', unchanged),
    ...regressions.map(({ change, fate }) => rowOf(describeChange(change), fate)),
  ])
  return [
    '',
    paint.dim(head),
    ...rows,
    '',
    promotionLine(unchanged, paint),
    ...undecidedLines(simulation),
    ...(blindness === null ? [] : blindnessLines(blindness, strategy, paint)),
  ]
}

function rowOf(
  candidate: string,
  { runs, rolledBack, promoted, undecided, rollback, harmed }: Fate,
): string[] {
  return [
    `  ${candidate}`,
    part(rolledBack, runs),
    time(rollback.medianMs),
    time(rollback.p90Ms),
    part(promoted, runs),
    part(undecided, runs),
    harmed === 0 ? '' : rounded(harmed),
  ]
}

function promotionLine({ promotion: { medianMs, p90Ms } }: Fate, paint: Paint): string {
  if (medianMs === null) return `${mark('attention', paint)} No unchanged candidate was promoted by itself.`
  return `An unchanged candidate is promoted after ${roughly(medianMs)}, nine of ten within ${roughly(p90Ms!)}.`
}

function undecidedLines({ unchanged, regressions }: Simulation): string[] {
  const fates = [unchanged, ...regressions.map(({ fate }) => fate)]
  return fates.some(({ undecided }) => undecided > 0)
    ? ['Undecided: the time is over, the evidence speaks neither way, and a person is waited for.']
    : []
}

function blindnessLines(blindness: Blindness, strategy: string, paint: Paint): string[] {
  const { change, fate, proposals } = blindness
  const caught = `${describeChange(change)}: caught in ${fate.rolledBack} of ${fate.runs}.`
  return [
    `${mark('attention', paint)} ${caught} ${whyBlind(blindness, strategy)}`,
    ...table(
      proposals.map(({ proposal, worse, good }) => [
        `  ${describeProposal(proposal)}`,
        `caught in ${worse.rolledBack} of ${worse.runs}${afterMedian(worse.rollback)}`,
        `unchanged promoted in ${good.promoted} of ${good.runs}${afterMedian(good.promotion)}`,
      ]),
    ),
  ]
}

function afterMedian({ medianMs }: Times): string {
  return medianMs === null ? '' : `, after ${roughly(medianMs)}`
}

function whyBlind({ foresight, proposals }: Blindness, strategy: string): string {
  if (foresight === null) {
    return strategy === 'canary' || strategy === 'rolling'
      ? 'Longer steps, or larger ones, see more.'
      : `${strategy} compares nothing; it turns back what fails by half. Compare: sluice simulate --strategy canary`
  }
  const { watchedMs, neededMs } = foresight
  const needed = Number.isFinite(neededMs)
    ? `about ${describeTime(neededMs)} are needed`
    : 'no time is enough'
  const ways = proposals.length === 0 ? '' : ' Rehearsed as well:'
  return `It is watched for ${describeTime(watchedMs)}, and ${needed}.${ways}`
}

/** `x2 failures`, `slowest +50%`. */
function describeChange(change: string): string {
  return change.startsWith('x') ? `${change} failures` : `slowest ${change}`
}

function part(count: number, runs: number): string {
  return `${Number(((100 * count) / Math.max(1, runs)).toFixed(1))} %`
}

function time(ms: number | null): string {
  return ms === null ? '' : roughly(ms)
}

function milliseconds(ms: number): string {
  return `${Number(ms.toPrecision(2))} ms`
}

function rounded(value: number): string {
  return Number(value.toPrecision(value < 100 ? 2 : 3)).toLocaleString('en')
}
