import { type Answer, type Check, type Evidence, fail } from '../../check.ts'
import { healthPaths } from '../../look/health-paths.ts'
import type { Look } from '../../look/look.ts'
import { answerOf, type Weighed } from '../../look/weighed.ts'
import { type DuringOutage, type Outages, outages, type Seen } from '../../running/outage.ts'
import { commitOf } from './commit.ts'
import { isNoVersion, isWell, toldBy } from './told.ts'

/** APP-06. A version is what is neither missing nor a stand-in; where it is a commit, it has to be the one that is checked out. */
export const healthEndpoint: Check = {
  id: 'APP-06',
  title: 'the health endpoint is meaningful and tells the version',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['probe']],
  fix: 'Answer the health path with JSON that has a status, the version of the build and one entry for each dependency, made by asking it: @sluice/health does.',
  concerns: ({ app }) =>
    app.stack === 'static' ? 'files are served as they are: that they are answered says all' : null,
  async probe(look, trial) {
    return judged(look, await outages(trial, pathsOf(look)))
  },
}

function pathsOf(look: Look): string[] {
  return healthPaths(look).all
}

function judged(look: Look, { before, absent, during }: Outages): Answer {
  const answered = before.filter(({ status }) => status === 200)
  const seen = before.map((one) => ({ says: shown(one) }))
  if (answered.length === 0) {
    const others = absent.map((one) => ({ says: `${shown(one)}, as any other path` }))
    return fail(`none of ${pathsOf(look).join(', ')} tells anything`, [...seen, ...others].slice(0, 4))
  }
  const telling = answered
    .map(toldBy)
    .filter((told) => told !== null)
    .filter(({ status }) => isWell(status))
  if (telling.length === 0) return fail('no health path answers with JSON that has a status', seen)
  const weighed: Weighed = { bad: [], weak: [], open: [], good: seen }
  weighVersion(
    look,
    telling.map(({ version }) => version),
    weighed,
  )
  weighOutages(look, before, during, weighed)
  return answerOf(
    weighed,
    `it says how it is${during.length > 0 ? ', and what is missing' : ''}, and which version it is`,
  )
}

function weighVersion(look: Look, versions: (string | null)[], { bad, weak }: Weighed): void {
  const told = versions.filter((version) => version !== null)
  const version = told.find((one) => !isNoVersion(one)) ?? told[0]
  if (version === undefined) {
    bad.push({ says: 'no health path tells the version' })
    return
  }
  if (isNoVersion(version)) {
    weak.push({ says: `the version is "${version}", which tells no build from another` })
    return
  }
  if (version === manifestVersion(look)) {
    weak.push({ says: `the version is ${version} as in package.json, which many builds may share` })
    return
  }
  const commit = commitOf(look.repositoryFiles)
  const isOther = /^(?=.*\d)[0-9a-f]{7,40}$/.test(version) && commit !== null && !commit.startsWith(version)
  if (isOther)
    bad.push({ says: `the version is ${version}, and commit ${commit.slice(0, 12)} is checked out` })
}

function weighOutages(
  look: Look,
  before: Seen[],
  during: DuringOutage[],
  { bad, weak, good }: Weighed,
): void {
  if (during.length === 0) {
    const names = look.app.services.map(({ value }) => value)
    if (names.length > 0)
      weak.push({
        says: `it could not be tried without ${names.join(' and ')}: no variable with its address is known`,
      })
    return
  }
  for (const outage of during) {
    const changed = outage.seen.filter((one) => isChanged(before, one))
    const without: Evidence = {
      says: `without ${outage.kind} (${outage.variable}): ${changed.map(shown).join(', ')}`,
    }
    if (!outage.isRunning) bad.push({ says: `it ended when ${outage.kind} was cut off` })
    else if (changed.length === 0)
      bad.push({ says: `it answers the same while ${outage.kind} (${outage.variable}) is cut off` })
    else if (changed.some(({ body }) => names(outage).test(body)) || usesOurs(look)) good.push(without)
    else weak.push({ says: `${without.says}: that something is wrong, and not what` })
  }
}

function manifestVersion({ files }: Look): string | null {
  return /^\s*"version"\s*:\s*"([^"]+)"/m.exec(files.read('package.json') ?? '')?.[1] ?? null
}

// A time or a counter in it is no meaning: what counts is the status, of the answer or in it.
function isChanged(before: Seen[], now: Seen): boolean {
  const was = before.find(({ path }) => path === now.path)
  return was?.status !== now.status || statuses(was.body) !== statuses(now.body)
}

function statuses(body: string): string {
  return [...body.matchAll(/"(?:status|state|ok|healthy|up|connected)"\s*:\s*("[^"]*"|true|false)/g)]
    .map(([, value]) => value)
    .join()
}

const otherNames: Record<string, string> = {
  postgres: 'postgres|pg|database|\\bdb\\b|sql',
  postgresql: 'postgres|pg|database|\\bdb\\b|sql',
  mysql: 'mysql|maria|database|\\bdb\\b|sql',
  mongodb: 'mongo|database|\\bdb\\b',
  redis: 'redis|cache|queue|session|valkey',
  amqp: 'rabbit|amqp|queue|broker',
  rabbitmq: 'rabbit|amqp|queue|broker',
}

function names({ kind, variable }: DuringOutage): RegExp {
  const stem = variable.replace(/_(?:URL|URI|DSN|HOST|ADDR|ADDRESS)$/, '').toLowerCase()
  return new RegExp(`${otherNames[kind] ?? kind.replaceAll(/\W/g, '.')}|${stem}`, 'i')
}

// Its details are for those with a token alone, and name each check.
function usesOurs({ files }: Look): boolean {
  return (files.read('package.json') ?? '').includes('"@sluice/health"')
}

function shown({ path, status, body }: Seen): string {
  return `GET ${path}: ${status ?? 'no answer'} ${body.replaceAll(/\s+/g, ' ').slice(0, 80)}`.trim()
}
