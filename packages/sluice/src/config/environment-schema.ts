import { z } from 'zod'
import { routers } from '../routers/index.ts'
import { targets } from '../targets/index.ts'
import { holdback, metricServers, type ReadAnalysis } from './analysis-schema.ts'
import { container } from './container-schema.ts'
import { type ReadStrategy, strategySchema } from './strategy-schema.ts'
import { commands, day, duration, hour, oneOf, section, size, text, whole, yesNo } from './values.ts'
import { variables } from './variables-schema.ts'

/** A host name without scheme and port. */
export const hostPattern =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/
const PREFIX = /^(?:\/|(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+)$/
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/

/** The preview host puts `preview--` in front of the first label, and a label has at most 63 characters. */
const LONGEST_FIRST_LABEL = 63 - 'preview--'.length

const hooks = section({
  beforeTraffic: commands().prefault([]).describe('Run when the candidate is ready, before it gets traffic.'),
  after: commands().prefault([]).describe('Run when the rollout has succeeded.'),
  onFailure: commands().prefault([]).describe('Run when the rollout was undone.'),
})

/** What may stand below `environments.<name>`. */
export const environment = section({
  env: variables
    .prefault({})
    .describe(
      'Variables of this environment, over those of the top level: values, or `{ file: … }` for a secret.',
    ),
  target: oneOf(namesOf(targets)).prefault('process').describe('Where instances run.'),
  router: oneOf(namesOf(routers)).prefault('embedded').describe('What splits the traffic.'),
  container: container
    .prefault({})
    .describe('How its containers are made, where the target runs containers.'),
  instances: whole(1, 100).prefault(2).describe('Copies of the app that run at a time.'),
  host: text('host name', hostPattern, 'a host name without scheme and port, such as shop.example.com')
    .transform((written) => written.toLowerCase())
    .optional()
    .describe('Host name that it is reached by. `<app>-<environment>.localhost` when not given.'),
  path: text('path', PREFIX, 'a path without a slash at its end, such as / or /api')
    .prefault('/')
    .describe('Only requests below this path, in whole segments; the longest path wins.'),
  sticky: z
    .union(
      [
        yesNo(),
        z.strictObject({
          header: text('header name', HEADER, 'the name of a header, such as X-User-Id')
            .transform((written) => written.toLowerCase())
            .describe('Request header that tells users apart, instead of the cookie.'),
        }),
      ],
      { error: 'true, false or { header: … }' },
    )
    .prefault(false)
    .describe(
      'Whether a user who met the candidate stays with it while its share rises; by a cookie, or a header.',
    ),
  maxBody: size()
    .optional()
    .describe('Largest request body; larger ones are answered 413. No limit when not given.'),
  firstByteTimeout: duration(100, hour)
    .prefault('30s')
    .describe('How long the app may take to begin its answer; then the client is answered 504.'),
  drain: duration(0, hour)
    .prefault('30s')
    .describe('How long requests in flight may take to finish on an instance that is about to end.'),
  strategy: strategySchema
    .optional()
    .describe(
      'How a new release takes over, by name or with options. What `sluice plan` recommends when not given.',
    ),
  after: section({
    keepWarm: duration(0, 7 * day)
      .prefault('10m')
      .describe('How long the old release stays running, so that a rollback is only a switch.'),
    holdback: holdback
      .optional()
      .describe(
        'A small share that the old release keeps for a while, so that a regression which starts late is still seen and undone.',
      ),
  })
    .prefault({})
    .describe('What happens when the rollout has succeeded.'),
  metrics: metricServers.prefault({}).describe('Servers that metrics of your own come from.'),
  hooks: hooks.prefault({}).describe("Commands run in the release's folder during a rollout."),
}).superRefine(({ strategy, metrics }, context) => {
  for (const [name, { analyze }] of Object.entries(judgedBy(strategy))) {
    for (const [metric, options] of Object.entries(analyze.metrics)) {
      if (options === false || options.source === undefined || metrics[options.source] !== undefined) continue
      const message = `"${metric}" comes from ${options.source}, and no such server is given. Add metrics.${options.source}.url to the environment`
      context.addIssue({ code: 'custom', path: ['strategy', name, 'analyze', 'metrics', metric], message })
    }
  }
})

/** The strategy by its name, where it is one that compares two releases. */
function judgedBy(strategy: ReadStrategy | undefined) {
  const { recreate: _, ...judged } = strategy ?? {}
  return judged as Record<string, { analyze: Pick<ReadAnalysis, 'metrics'> }>
}

function namesOf<Name extends string>(registry: Record<Name, unknown>): Name[] {
  return Object.keys(registry) as Name[]
}

/** Where an environment is reached that names no host. */
export function defaultHost(app: string, environment: string): string {
  return `${app}-${environment}.localhost`
}

/** Why a host cannot be used, or null. */
export function hostProblem(host: string): string | null {
  if (host.startsWith('preview--'))
    return 'host names that start with preview-- are kept for preview addresses'
  const [label = ''] = host.split('.')
  if (label.length <= LONGEST_FIRST_LABEL) return null
  return `"${label}" is longer than ${LONGEST_FIRST_LABEL} characters, which leaves no room for the preview address. Give a shorter host`
}
