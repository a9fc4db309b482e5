import type { CommonFacts, Concluded, Evidence } from './facts.ts'

type Service = CommonFacts['services'][number]['value']

/** What is depended on where a server is needed. Go modules by the start of their path. */
const clients: { [K in Service]: { node: string[]; python: string[]; go: string[] } } = {
  postgres: {
    node: [
      'pg',
      'postgres',
      'pg-promise',
      'pg-pool',
      'slonik',
      '@prisma/adapter-pg',
      '@mikro-orm/postgresql',
    ],
    python: ['psycopg', 'psycopg2', 'psycopg2-binary', 'asyncpg', 'aiopg', 'pg8000'],
    go: ['github.com/lib/pq', 'github.com/jackc/pgx', 'gorm.io/driver/postgres', 'github.com/go-pg/pg'],
  },
  mysql: {
    node: ['mysql', 'mysql2', 'mariadb', '@mikro-orm/mysql'],
    python: ['mysqlclient', 'pymysql', 'aiomysql', 'asyncmy', 'mysql-connector-python'],
    go: ['github.com/go-sql-driver/mysql', 'gorm.io/driver/mysql'],
  },
  mongodb: {
    node: ['mongodb', 'mongoose', '@nestjs/mongoose', '@mikro-orm/mongodb'],
    python: ['pymongo', 'motor', 'mongoengine', 'beanie', 'djongo'],
    go: ['go.mongodb.org/mongo-driver'],
  },
  redis: {
    node: ['redis', 'ioredis', 'bull', 'bullmq', 'connect-redis', '@redis/client'],
    python: ['redis', 'django-redis', 'aioredis', 'channels-redis', 'rq', 'django-rq'],
    go: [
      'github.com/redis/go-redis',
      'github.com/go-redis/redis',
      'github.com/gomodule/redigo',
      'github.com/redis/rueidis',
    ],
  },
  rabbitmq: {
    node: ['amqplib', 'amqp-connection-manager', 'rabbitmq-client'],
    python: ['pika', 'aio-pika', 'amqpstorm'],
    go: ['github.com/rabbitmq/amqp091-go', 'github.com/streadway/amqp'],
  },
}

/** The servers that an app's dependencies speak to, each once. */
export function servicesOf(
  stack: 'node' | 'python' | 'go',
  dependencies: Iterable<string>,
  from: (dependency: string) => Evidence,
): Concluded<Service>[] {
  const all = [...dependencies]
  return Object.entries(clients).flatMap(([service, { [stack]: names }]) => {
    const found =
      names.find((name) => all.includes(name)) ?? (stack === 'go' ? goModule(all, names) : undefined)
    if (found === undefined) return []
    const dependency = all.find((one) => one === found || one.startsWith(`${found}/`)) ?? found
    return [{ value: service as Service, from: from(dependency) }]
  })
}

// `github.com/jackc/pgx/v5` is `github.com/jackc/pgx`.
function goModule(all: string[], names: string[]): string | undefined {
  return names.find((name) => all.some((one) => one.startsWith(`${name}/`)))
}
