import type { CommonFacts } from '../../detect/facts.ts'
import type { Alert, AlertGroup } from './alert.ts'

type ServiceName = CommonFacts['services'][number]['value']

/** A server that the app needs. */
export interface Dependency {
  /** As its makers write it. */
  title: string
  /** What is lost while it is away. */
  failure: string
  exporter: string
  /** Says that it is away. */
  down: string
  /** Says that it has nearly enough, and of what. */
  full: Pick<Alert, 'name' | 'expr' | 'summary' | 'noticed' | 'look' | 'act'>
}

const fewerConnections = [
  'It began with a release: [go back](#rollback). A pool is larger, or a connection is never given back.',
  'It is traffic: a pooler in front, or smaller pools. Each instance has a pool of its own.',
]

const dependencies: { [K in ServiceName]: Dependency } = {
  postgres: {
    title: 'PostgreSQL',
    failure:
      'Nothing can be read or saved. Readiness fails where it asks the database, and every request with it.',
    exporter: 'postgres_exporter',
    down: 'pg_up == 0 or absent(pg_up)',
    full: {
      name: 'PostgresqlConnectionsShort',
      expr: 'sum by (instance) (pg_stat_database_numbackends) / min by (instance) (pg_settings_max_connections) > 0.8',
      summary: 'PostgreSQL has {{ $value | humanizePercentage }} of its connections taken.',
      noticed: 'Nothing yet. Soon "too many clients", and an error for whoever comes then.',
      look: [
        'Who holds them? `select application_name, state, count(*) from pg_stat_activity group by 1, 2;`',
      ],
      act: fewerConnections,
    },
  },
  mysql: {
    title: 'MySQL',
    failure:
      'Nothing can be read or saved. Readiness fails where it asks the database, and every request with it.',
    exporter: 'mysqld_exporter',
    down: 'mysql_up == 0 or absent(mysql_up)',
    full: {
      name: 'MysqlConnectionsShort',
      expr: 'mysql_global_status_threads_connected / mysql_global_variables_max_connections > 0.8',
      summary: 'MySQL has {{ $value | humanizePercentage }} of its connections taken.',
      noticed: 'Nothing yet. Soon "Too many connections", and an error for whoever comes then.',
      look: ['Who holds them? `show processlist;`'],
      act: fewerConnections,
    },
  },
  mongodb: {
    title: 'MongoDB',
    failure:
      'Nothing can be read or saved. Readiness fails where it asks the database, and every request with it.',
    exporter: 'mongodb_exporter',
    down: 'mongodb_up == 0 or absent(mongodb_up)',
    full: {
      name: 'MongodbConnectionsShort',
      expr: 'sum by (instance) (mongodb_ss_connections{conn_type="current"}) / sum by (instance) (mongodb_ss_connections{conn_type=~"current|available"}) > 0.8',
      summary: 'MongoDB has {{ $value | humanizePercentage }} of its connections taken.',
      noticed: 'Nothing yet. Soon it refuses connections, and whoever comes then gets an error.',
      look: [
        'Who holds them? `db.currentOp(true).inprog.length` and `db.serverStatus().connections` in mongosh.',
      ],
      act: fewerConnections,
    },
  },
  redis: {
    title: 'Redis',
    failure:
      'As a cache: it is slower, and the database has more to do. With sessions or jobs in it: people are signed out, jobs wait.',
    exporter: 'redis_exporter',
    down: 'redis_up == 0 or absent(redis_up)',
    full: {
      name: 'RedisMemoryShort',
      expr: 'redis_memory_used_bytes / (redis_memory_max_bytes > 0) > 0.9',
      summary: 'Redis has {{ $value | humanizePercentage }} of its memory taken.',
      noticed: 'As a cache: nothing. Else soon nothing can be written to it.',
      look: [
        'What is large? `redis-cli --bigkeys`.',
        'What goes first? `redis-cli config get maxmemory-policy`.',
      ],
      act: ['A cache: a policy that evicts.', 'Anything else: keys that expire, or more memory.'],
    },
  },
  rabbitmq: {
    title: 'RabbitMQ',
    failure: 'Jobs and messages wait, or are refused. Pages work that need none.',
    exporter: 'the plugin rabbitmq_prometheus, as the job rabbitmq',
    down: 'up{job="rabbitmq"} == 0 or absent(up{job="rabbitmq"})',
    full: {
      name: 'QueueGrows',
      expr: 'rabbitmq_queue_messages_ready > 1000',
      summary: '{{ $value }} messages wait in RabbitMQ.',
      noticed: 'What is done later is done much later: mails, reports.',
      look: [
        'Which queue, and does anybody take from it? `rabbitmqctl list_queues name messages consumers`.',
      ],
      act: [
        'No consumers: start them, and read why they ended.',
        'Too few: more of them.',
        'One message fails for ever: set it aside.',
      ],
    },
  },
}

/** The servers that an app needs, each once. */
export function dependenciesOf({ services }: CommonFacts): Dependency[] {
  return [...new Set(services.map(({ value }) => value))].sort().map((name) => dependencies[name])
}

/** Of one dependency: whether it is there, and whether it has enough. */
export function dependencyAlerts(app: CommonFacts, dependency: Dependency): AlertGroup {
  const { title, failure, exporter, down, full } = dependency
  return {
    name: `${app.name}-${title.toLowerCase()}`,
    source: exporter,
    alerts: [
      {
        name: downName(dependency),
        severity: 'critical',
        for: '2m',
        expr: down,
        summary: `${title} does not answer, or its exporter does not.`,
        noticed: failure,
        look: [`Does ${title} run, and what does it say?`, 'Can the app reach it? `sluice logs`.'],
        act: [
          `Start ${title}, or have whoever runs it do so. No release and no rollback of the app helps.`,
          'Name, password or network changed: what does the app have for it?',
        ],
      },
      { ...full, severity: 'warning', for: '10m' },
    ],
  }
}

/** `PostgresqlDown` is one heading and one link, whatever capitals its makers write. */
export function downName({ title }: Dependency): string {
  return `${title[0]!}${title.slice(1).toLowerCase()}Down`
}
