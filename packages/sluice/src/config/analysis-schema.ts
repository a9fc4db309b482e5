import { z } from 'zod'
import { inconclusivePolicies, type ProfileName, profiles, standardMetrics } from '../core/analysis/spec.ts'
import { sources } from '../metrics/index.ts'
import { day, duration, hour, oneOf, second, section, share, text, whole } from './values.ts'

/*
 * How a candidate is judged beside stable: the part of sluice.yaml that fills in an `AnalysisSpec`.
 */

const NAME = /^[a-z][A-Za-z0-9_-]{0,39}$/
const QUERY = /^[^\0]{1,4000}$/
const profileNames = Object.keys(profiles) as ProfileName[]
const standardNames = Object.keys(standardMetrics)

/** Sources that a user's own metric can come from. */
const sourceNames = (Object.keys(sources) as (keyof typeof sources)[]).filter((name) => name !== 'router')

const metricOptions = z.strictObject(
  {
    source: oneOf(sourceNames).optional().describe('Where a metric of your own comes from.'),
    bad: text('query', QUERY, 'a query')
      .optional()
      .describe(
        'Query for the bad requests of one release so far, a counter; `$release` stands for its name.',
      ),
    total: text('query', QUERY, 'a query')
      .optional()
      .describe('Query for all requests of one release so far, a counter.'),
    weight: whole(1, 100)
      .optional()
      .describe(
        'Part of this metric in the evidence, relative to the others: errors 40, clientErrors 10, p99 25, p95 15, p50 10, your own 20.',
      ),
    margin: share()
      .optional()
      .describe(
        'How much worse than stable the candidate may be: errors 10%, clientErrors 50%, latency 9%, your own 10%.',
      ),
    slack: share()
      .optional()
      .describe(
        'Share of bad requests that is tolerated on top, so that a stray error is no regression: errors 0.01%.',
      ),
    promoteMargin: share()
      .optional()
      .describe(
        'The candidate is good when it is shown to be better than this much worse: errors 50%, latency 19%.',
      ),
    promoteSlack: share().optional().describe('As `slack`, for finding it good: errors 0.05%.'),
  },
  { error: 'a map of options, or false' },
)

/** One metric by its name; `false` leaves one out that the router counts. */
const metrics = z
  .record(
    z.string().regex(NAME, { error: 'a metric name: a lower-case letter, then letters, digits, - and _' }),
    z.union([z.literal(false), metricOptions], { error: 'a map of options, or false' }),
    { error: 'a map of metrics' },
  )
  .superRefine((named, context) => {
    if (
      standardNames.every((name) => named[name] === false) &&
      Object.keys(named).length === standardNames.length
    ) {
      const message = 'all metrics are left out, so there would be nothing to judge by. Leave one in'
      context.addIssue({ code: 'custom', message })
    }
    for (const [name, options] of Object.entries(named)) {
      const isStandard = standardNames.includes(name)
      const isOwn = options !== false && (options.source ?? options.bad ?? options.total) !== undefined
      if (isStandard && isOwn) {
        const message = `"${name}" is counted by the router. Give your own metric another name`
        context.addIssue({ code: 'custom', path: [name], message })
      } else if (!isStandard && !isComplete(options)) {
        const message = `"${name}" is none of the router's metrics (${standardNames.join(', ')}), so it needs source, bad and total`
        context.addIssue({ code: 'custom', path: [name], message })
      }
    }
  })

function isComplete(options: false | z.output<typeof metricOptions>): boolean {
  return options !== false && ![options.source, options.bad, options.total].includes(undefined)
}

/** The keys below `analyze` that say how evidence is weighed; each strategy adds how long. */
export const judging = {
  profile: oneOf(profileNames)
    .prefault('default')
    .describe(
      'How sure a verdict has to be: a good release is rolled back less than once in 20 (`fast`), 100 (`default`) or 1,000 times (`careful`).',
    ),
  metrics: metrics.prefault({}).describe('Margins and weights, and metrics of your own, by name.'),
}

/** Further keys for a strategy that decides on the evidence. */
export const deciding = {
  ...judging,
  deadline: duration(second, 7 * day)
    .optional()
    .describe(
      'Limit for watching all steps together; steps without a time of their own share it. By the profile, 10m, 1h or 4h, when not given.',
    ),
  minBake: duration(0, 7 * day)
    .optional()
    .describe(
      'A candidate that is shown to be as good goes on at once, but no sooner than this. By the profile, 1m, 10m or 30m, when not given.',
    ),
  onInconclusive: oneOf(inconclusivePolicies)
    .prefault('hold')
    .describe(
      'What happens when the time is over and the evidence speaks neither way: wait for a person, `promote` if nothing speaks against it, or `rollback`.',
    ),
}

/** Share that stable keeps after the candidate has been promoted. */
export const holdback = section({
  weight: share()
    .refine((points) => points <= 2_000, {
      error: 'a share of at most 20%',
      params: { wanted: 'a share of at most 20%' },
    })
    .prefault('1%')
    .describe('Share of the traffic that the old release keeps.'),
  for: duration(second, day).prefault('1h').describe('How long.'),
})

/** Servers that metrics of your own come from. */
export const metricServers = section({
  prometheus: section({
    url: z
      .url({ protocol: /^https?$/, error: 'a URL such as http://prometheus:9090' })
      .meta({ title: 'URL' })
      .describe('Where Prometheus, or what speaks its API, is reached.'),
    tokenFile: z
      .string({ error: 'the path of a file' })
      .min(1, { error: 'the path of a file' })
      .meta({ title: 'path' })
      .optional()
      .describe('File with the bearer token, read anew for each reading.'),
    timeout: duration(100, hour).prefault('5s').describe('How long an answer may take.'),
  })
    .optional()
    .describe('A Prometheus server.'),
})

/** `analyze` of a strategy as the schema gives it out. */
export interface ReadAnalysis {
  profile: ProfileName
  metrics: z.output<typeof metrics>
  deadline?: number | undefined
  minBake?: number | undefined
  onInconclusive?: (typeof inconclusivePolicies)[number]
}
