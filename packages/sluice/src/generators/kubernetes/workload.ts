import { posix } from 'node:path'
import { type EnvSchema, parseEnvSchema } from '../../config/env-schema.ts'
import type { AppFacts, CommonFacts } from '../../detect/facts.ts'
import { portOf } from '../dockerfile/draft.ts'
import { envSchema } from '../env-schema.ts'
import type { GeneratorRequest } from '../request.ts'
import { staticHealth } from '../static-server.ts'
import { type Setting, settingsOf } from './settings.ts'

/** What the manifests of one app say of it. */
export interface Workload {
  name: string
  /** What its container listens on. */
  port: number
  /** A name that stands for one of a registry, without the digest. */
  image: string
  /** The name by which it is reached from outside, until somebody says another one. */
  host: string
  /** Null: no path is known that says it, and a connection has to do. */
  health: { readiness: string | null; liveness: string | null }
  /** Whether it answers only to names it knows, and may send everybody else to https. */
  isDjango: boolean
  size: Size
  /** Set beside what its owner declares, since the image or the cluster wants it. */
  given: { name: string; value: string; because: string }[]
  settings: Setting[]
  /** Folders that it writes to; the rest of its file system cannot be written. */
  writes: { name: string; path: string }[]
  services: CommonFacts['services'][number]['value'][]
}

interface Size {
  /** Asked for; up to one core where the machine has it. */
  cpu: string
  /** Asked for and never exceeded. */
  memory: string
}

/** First guesses, by what such apps need at rest and under a little load. */
const sizes: { [K in AppFacts['stack']]: Size } = {
  node: { cpu: '250m', memory: '512Mi' },
  python: { cpu: '250m', memory: '512Mi' },
  go: { cpu: '100m', memory: '128Mi' },
  // Its server holds every file in memory.
  static: { cpu: '100m', memory: '256Mi' },
}

/** As the generated Dockerfiles have it. */
const ports: { [K in AppFacts['stack']]: number } = { node: 3000, python: 8000, go: 8080, static: 3000 }

/** Brings together what the facts, the env schema and the generated image say. */
export function workloadOf(request: GeneratorRequest): Workload {
  const { app } = request
  const port = portOf(app, ports[app.stack])
  const settings = settingsOf(schemaOf(request))
  // What its owner declares is decided there, and a name that stands twice is refused.
  const given = givenTo(app).filter(({ name }) => settings.every((setting) => setting.name !== name))
  return {
    name: app.name,
    port,
    image: imageName(request),
    host: `${app.name}.example.com`,
    health: app.stack === 'static' ? staticHealth : pathsOf(app),
    isDjango: app.stack === 'python' && app.django !== null,
    size: sizes[app.stack],
    given: [{ name: 'PORT', value: String(port), because: 'as containerPort says' }, ...given],
    settings,
    writes: [{ name: 'tmp', path: '/tmp' }, ...cachesOf(app)],
    services: [...new Set(app.services.map(({ value }) => value))].sort(),
  }
}

/** Where the repository's host keeps images, as the pipelines push them; else a name that stands for one. */
function imageName({ app, repository }: GeneratorRequest): string {
  const registries: Record<string, string> = { 'github.com': 'ghcr.io', 'gitlab.com': 'registry.gitlab.com' }
  const registry = registries[repository?.host ?? '']
  if (repository === null || registry === undefined) return `registry.example.com/${app.name}`
  return `${registry}/${repository.path.toLowerCase()}${app.folder === '.' ? '' : `/${app.name}`}`
}

/** The file that is written beside, where there is none yet, so that both name the same variables. */
function schemaOf(request: GeneratorRequest): EnvSchema | null {
  if (request.schema !== null) return request.schema
  const [made] = envSchema.generate(request).files
  return made === undefined ? null : parseEnvSchema(made.content, made.path)
}

// One path for both would start an instance anew when only something that it depends on is away.
function pathsOf({ health }: AppFacts): Workload['health'] {
  const [readiness, liveness] = [health.readiness?.value ?? null, health.liveness?.value ?? null]
  return { readiness, liveness: liveness === readiness ? null : liveness }
}

function givenTo(app: AppFacts): Workload['given'] {
  if (isNext(app)) return [{ name: 'HOSTNAME', value: '0.0.0.0', because: 'Next listens on this address' }]
  if (app.stack !== 'python') return []
  return [
    {
      name: 'WEB_CONCURRENCY',
      value: '2',
      because: 'with one worker, a slow request would hold up the probes',
    },
  ]
}

function cachesOf(app: AppFacts): Workload['writes'] {
  if (app.stack !== 'node' || !isNext(app)) return []
  const folder = app.workspaceRoot === null ? '' : posix.relative(app.workspaceRoot, app.folder)
  return [{ name: 'next-cache', path: posix.join('/app', folder, '.next/cache') }]
}

function isNext({ framework }: AppFacts): boolean {
  return framework?.value === 'next'
}
