import type { CommonFacts } from '../detect/facts.ts'
import { type Generator, madeBy } from './generator.ts'

type ServiceName = CommonFacts['services'][number]['value']

interface Service {
  image: string
  port: number
  /** Words for this machine alone. */
  environment: Record<string, string>
  /** Where it keeps what it has. */
  data: string
  /** Whether it takes connections. */
  test: string[]
  /** What the app is told, as people name it. */
  url: [name: string, value: string]
}

/** Looked up on 2026-11-22: the newest that is maintained for long. */
const services: { [K in ServiceName]: Service } = {
  postgres: {
    image: 'postgres:18',
    port: 5432,
    environment: { POSTGRES_USER: 'app', POSTGRES_PASSWORD: 'only-on-this-machine', POSTGRES_DB: 'app' },
    data: '/var/lib/postgresql',
    // By address: over the socket it answers while it is still being set up.
    test: ['CMD', 'pg_isready', '--host=127.0.0.1', '--username=app', '--dbname=app'],
    url: ['DATABASE_URL', 'postgres://app:only-on-this-machine@127.0.0.1:5432/app'],
  },
  mysql: {
    image: 'mysql:8.4',
    port: 3306,
    environment: {
      MYSQL_USER: 'app',
      MYSQL_PASSWORD: 'only-on-this-machine',
      MYSQL_DATABASE: 'app',
      MYSQL_RANDOM_ROOT_PASSWORD: 'yes',
    },
    data: '/var/lib/mysql',
    test: ['CMD-SHELL', 'mysqladmin ping --user=app --password=only-on-this-machine'],
    url: ['DATABASE_URL', 'mysql://app:only-on-this-machine@127.0.0.1:3306/app'],
  },
  mongodb: {
    image: 'mongo:8',
    port: 27017,
    environment: {},
    data: '/data/db',
    test: ['CMD', 'mongosh', '--quiet', '--eval', "db.runCommand('ping').ok"],
    url: ['MONGODB_URL', 'mongodb://127.0.0.1:27017/app'],
  },
  redis: {
    image: 'redis:8',
    port: 6379,
    environment: {},
    data: '/data',
    test: ['CMD', 'redis-cli', 'ping'],
    url: ['REDIS_URL', 'redis://127.0.0.1:6379'],
  },
  rabbitmq: {
    image: 'rabbitmq:4',
    port: 5672,
    environment: { RABBITMQ_DEFAULT_USER: 'app', RABBITMQ_DEFAULT_PASS: 'only-on-this-machine' },
    data: '/var/lib/rabbitmq',
    test: ['CMD', 'rabbitmq-diagnostics', '--quiet', 'ping'],
    url: ['AMQP_URL', 'amqp://app:only-on-this-machine@127.0.0.1:5672'],
  },
}

/** The servers that an app needs while it is developed, on this machine and for nobody else. */
export const compose: Generator = {
  summary: 'servers that the app needs while it is developed',

  generate({ app }) {
    const names = [...new Set(app.services.map(({ value }) => value))].sort()
    if (names.length === 0) return { files: [], notes: [] }
    const content = [
      madeBy(),
      '# What the app needs while it is developed: docker compose up --wait. Reached from this machine alone.',
      'services:',
      ...names.flatMap((name) => entry(name, services[name])),
      'volumes:',
      ...names.map((name) => `  ${name}:`),
      '',
    ]
    return { files: [{ path: 'compose.yaml', content: content.join('\n') }], notes: [] }
  },
}

function entry(name: ServiceName, { image, port, environment, data, test, url }: Service): string[] {
  const variables = Object.entries(environment)
  return [
    `  ${name}: # ${url[0]}=${url[1]}`,
    `    image: ${image}`,
    ...(variables.length === 0
      ? []
      : ['    environment:', ...variables.map(([key, value]) => `      ${key}: ${JSON.stringify(value)}`)]),
    // An address: a port alone is open to everybody who reaches this machine.
    `    ports: ["127.0.0.1:${port}:${port}"]`,
    `    volumes: ["${name}:${data}"]`,
    '    healthcheck:',
    `      test: ${JSON.stringify(test)}`,
    '      interval: 2s',
    '      timeout: 3s',
    '      retries: 30',
    '    restart: unless-stopped',
  ]
}
