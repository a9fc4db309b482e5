import type { CommonFacts, VariablesRead } from '../detect/facts.ts'
import type { Service } from './pipeline.ts'

type ServiceName = CommonFacts['services'][number]['value']

/** Nothing but a job ever reaches it, and it is gone with the job. */
const password = 'only-for-this-job'

const known: {
  [K in ServiceName]: Omit<Service, 'name' | 'variables'> & {
    /** As people name them, the most usual first; only those that the app reads are given. */
    variables: [name: string, value: string][]
  }
} = {
  postgres: {
    image: 'postgres:18',
    port: 5432,
    env: { POSTGRES_USER: 'app', POSTGRES_PASSWORD: password, POSTGRES_DB: 'app' },
    // By address: through its socket it already answers while it is being set up.
    ready: 'pg_isready --host=127.0.0.1 --username=app --dbname=app',
    variables: [
      ['DATABASE_URL', `postgres://app:${password}@{host}:5432/app`],
      ['POSTGRES_URL', `postgres://app:${password}@{host}:5432/app`],
      ['PGHOST', '{host}'],
      ['PGPORT', '5432'],
      ['PGUSER', 'app'],
      ['PGPASSWORD', password],
      ['PGDATABASE', 'app'],
    ],
  },
  mysql: {
    image: 'mysql:8.4',
    port: 3306,
    env: {
      MYSQL_USER: 'app',
      MYSQL_PASSWORD: password,
      MYSQL_DATABASE: 'app',
      MYSQL_RANDOM_ROOT_PASSWORD: 'yes',
    },
    // By address: by name it would find the server that only sets the database up.
    ready: `mysqladmin ping --host=127.0.0.1 --user=app --password=${password}`,
    variables: [
      ['DATABASE_URL', `mysql://app:${password}@{host}:3306/app`],
      ['MYSQL_URL', `mysql://app:${password}@{host}:3306/app`],
    ],
  },
  mongodb: {
    image: 'mongo:8',
    port: 27017,
    env: {},
    ready: 'mongosh --quiet --eval 1',
    variables: [
      ['MONGODB_URL', 'mongodb://{host}:27017/app'],
      ['MONGODB_URI', 'mongodb://{host}:27017/app'],
      ['MONGO_URL', 'mongodb://{host}:27017/app'],
    ],
  },
  redis: {
    image: 'redis:8',
    port: 6379,
    env: {},
    ready: 'redis-cli ping',
    variables: [
      ['REDIS_URL', 'redis://{host}:6379'],
      ['REDIS_HOST', '{host}'],
      ['REDIS_PORT', '6379'],
    ],
  },
  rabbitmq: {
    image: 'rabbitmq:4',
    port: 5672,
    env: { RABBITMQ_DEFAULT_USER: 'app', RABBITMQ_DEFAULT_PASS: password },
    ready: 'rabbitmq-diagnostics --quiet ping',
    variables: [
      ['AMQP_URL', `amqp://app:${password}@{host}:5672`],
      ['RABBITMQ_URL', `amqp://app:${password}@{host}:5672`],
    ],
  },
}

/** The servers that an app needs, by the variables that its code reads; the usual one where it reads none of them. */
export function servicesOf({ services }: CommonFacts, read: VariablesRead): Service[] {
  const names = [...new Set(services.map(({ value }) => value))].sort()
  const isRead = (name: string) => read.variables.some((one) => one.name === name)
  return names.map((name) => {
    const { variables, ...service } = known[name]
    const wanted = variables.filter(([variable]) => isRead(variable))
    return {
      name,
      ...service,
      variables: Object.fromEntries(wanted.length === 0 ? variables.slice(0, 1) : wanted),
    }
  })
}

/** What a job finds as variables: its own, and where its servers are. `hostOf` is told the name of a server. */
export function variablesWith(
  { env, services }: { env: Record<string, string>; services: Service[] },
  hostOf: (name: string) => string,
): Record<string, string> {
  const given = services.flatMap(({ name, variables }) =>
    Object.entries(variables).map(([key, value]) => [key, value.replaceAll('{host}', hostOf(name))] as const),
  )
  return { ...env, ...Object.fromEntries(given) }
}
