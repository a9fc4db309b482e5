import { type Answer, type Check, fail, pass, unknown } from '../check.ts'
import type { Look } from '../look/look.ts'
import { ownAlertRules } from '../look/own-alert-rules.ts'
import { metricNames } from '../look/promql-names.ts'

type Service = Look['app']['services'][number]['value']

/** What runs out, and the metrics that tell of it, whoever exposes them. */
const machine: Record<string, RegExp> = {
  CPU: /cpu|load1?5?$/i,
  memory: /mem(?:ory)?(?:_|$)|_mem|rss|heap|oom/i,
  disk: /filesystem_(?:avail|free|size|used)|disk|volume_stats_(?:available|used|capacity)|storage/i,
  inodes: /inode|filesystem_files/i,
  'file descriptors': /_fds$|_fds_|filefd|file_descriptor|nofile/i,
}

const database = /(?:^|_)db_|database|pool|rds|cloudsql|sql/i
const services: { [K in Service]: RegExp } = {
  postgres: new RegExp(`^pg_|postgres|pgbouncer|cnpg_|${database.source}`, 'i'),
  mysql: new RegExp(`mysql|mariadb|${database.source}`, 'i'),
  mongodb: new RegExp(`mongo|${database.source}`, 'i'),
  redis: /redis|elasticache|valkey|cache/i,
  rabbitmq: /rabbitmq|queue|amqp|backlog|messages/i,
}

/**
 * MON-05. Alerting rules on CPU, memory, disk, inodes and file descriptors, and on each server that the app needs, by the
 * names of their metrics. Where the repository has alerts on none of them, they are taken to be kept elsewhere.
 */
export const saturationAlerts: Check = {
  id: 'MON-05',
  title: 'alerts tell of what runs out, and of what the app depends on',
  severity: 'medium',
  blocksFrom: null,
  passes: [['static']],
  fix: 'sluice init --with alerts writes rules for the machine and for each server that the app needs.',
  fixedBy: ['alerts'],
  static: (look) => coverageOf(look),
}

function coverageOf(look: Look): Answer {
  const rules = ownAlertRules(look)
  if (rules.length === 0) return unknown('no alerting rule is in the repository')
  const wanted: Record<string, RegExp> = { ...machine }
  for (const { value } of look.app.services) wanted[value] = services[value]
  // A server without an exporter is known by its job: `up{job="rabbitmq"}`.
  const asked = rules.map((rule) => ({ rule, names: metricNames(rule.expr), jobs: jobsIn(rule.expr) }))
  const coveredBy = (pattern: RegExp) =>
    asked.find(({ names, jobs }) => [...names, ...jobs].some((name) => pattern.test(name)))?.rule
  const covered = Object.entries(wanted).map(([what, pattern]) => ({ what, by: coveredBy(pattern) }))
  const evidence = covered.flatMap(({ what, by }) =>
    by === undefined ? [] : [{ says: `${what}: ${by.name}`, file: by.file, line: by.line }],
  )
  const gaps = covered.filter(({ by }) => by === undefined).map(({ what }) => what)
  if (gaps.length === 0) return pass(`alerts cover ${covered.map(({ what }) => what).join(', ')}`, evidence)
  if (evidence.length === 0)
    return unknown(
      `none of ${rules.length} alerts is about the machine or a server: maybe those are kept elsewhere`,
    )
  return fail(`no alert covers ${gaps.join(', ')}`, evidence)
}

function jobsIn(expression: string): string[] {
  return [...expression.matchAll(/\bjob\s*=~?\s*"([^"]*)"/g)].map(([, job]) => job!)
}
