import { z } from 'zod'
import { type TargetName, targets } from '../targets/index.ts'
import { checkSection } from './check-schema.ts'
import { defaultHost, environment, hostProblem } from './environment-schema.ts'
import { previewSection, refuseWrongPreview } from './preview-schema.ts'
import { command, duration, hour, IMAGE, INSIDE, name, second, section, text, whole } from './values.ts'
import { variablesAndSchema } from './variables-schema.ts'

/*
 * sluice.yaml, key by key. The editor schema, the reference page, the suggestions for wrong keys and `explain` are all
 * made from this one place, so each key has a default (or is required) and one line of description.
 */

const STAGE = /^[a-z0-9][\w.-]{0,100}$/i
/** Each step leads up, so that it always holds the folder itself. */
const CONTEXT = /^\.\.(?:\/\.\.){0,7}\/?$/
const ARGUMENT = /^[A-Za-z_]\w*$/
const PROBE_PATH = /^\/[\x21-\x7e]*$/

const probe = (defaults: { period: string; failures: number; path: string }) =>
  section({
    path: text('path', PROBE_PATH, 'a path such as /readyz').optional().describe(defaults.path),
    period: duration(50, hour).prefault(defaults.period).describe('Time from one probe to the next.'),
    failures: whole(1, 1_000).prefault(defaults.failures).describe('Failures in a row that count.'),
    timeout: duration(10, 60 * second)
      .prefault('1s')
      .describe('How long an answer may take.'),
  }).prefault({})

/** What sluice.yaml may say, in the order in which a person reads it. Its output is made into a `Config` by `resolve`. */
export const configSchema = z
  .strictObject(
    {
      app: name().describe('Name of the app.'),
      build: section({
        command: command()
          .optional()
          .describe(
            "Run once in the release's own copy of the folder, for processes. Nothing is built when not given.",
          ),
        context: text('path', CONTEXT, 'a folder around this one, such as ../..')
          .optional()
          .describe(
            'What is copied and built, where that is more than the folder of sluice.yaml: ../.. for a member of a workspace. Commands, `dockerfile` and `data` begin there.',
          ),
        dockerfile: text('path', INSIDE, 'a path inside the folder, such as Dockerfile')
          .prefault('Dockerfile')
          .describe("What the image is built by, for containers, from the release's own copy of the folder."),
        stage: text('name', STAGE, 'the name of a stage')
          .optional()
          .describe('Stage of the Dockerfile to build. The last when not given.'),
        args: z
          .record(text('name', ARGUMENT, 'a name'), z.string({ error: 'text' }), { error: 'a map of texts' })
          .prefault({})
          .describe('Arguments of the Dockerfile (ARG). They can be read from the image: nothing secret.'),
      })
        .prefault({})
        .describe('How a release is built.'),
      image: text('image', IMAGE, 'the name of an image, such as ghcr.io/acme/shop:1.4')
        .optional()
        .describe('An image that is there already, for containers, instead of building one.'),
      run: section(
        {
          command: command()
            .optional()
            .describe(
              'Starts the app as a process. PORT is given to it; SIGTERM means finish and leave. Containers run the command of their image.',
            ),
          port: whole(1, 65_535)
            .optional()
            .describe(
              'The port it listens on, for an app that cannot be told one by PORT. As a process only one copy of it can run on a machine, so `instances` has to be 1.',
            ),
          grace: duration(0, hour).prefault('10s').describe('From SIGTERM to SIGKILL.'),
        },
        'a map with at least a command',
      )
        .prefault({})
        .describe('How an instance is started and ended.'),
      health: section({
        readiness: probe({
          period: '10s',
          failures: 2,
          path: 'GET path that answers 2xx or 3xx when the app can take requests. A TCP connection when not given.',
        }).describe('Whether an instance gets traffic. During a rollout it is asked every second at least.'),
        liveness: probe({
          period: '30s',
          failures: 3,
          path: 'GET path that answers 2xx or 3xx while the process is sound. A TCP connection when not given.',
        }).describe('Whether an instance has to be started anew.'),
        startup: probe({
          period: '5s',
          failures: 30,
          path: 'GET path that is asked until it first answers. The path of `readiness` when not given.',
        }).describe('How long an instance may take to start: period × failures.'),
      })
        .prefault({})
        .describe('How instances are asked whether they are well.'),
      env: variablesAndSchema
        .prefault({})
        .describe(
          'Variables of all environments: values, or `{ file: … }` for a secret. `schema` names the env schema.',
        ),
      environments: z
        .record(name(), environment, { error: 'a map of environments, such as production' })
        .refine((all) => Object.keys(all).length > 0, {
          error: 'at least one environment, such as production',
          params: { wanted: true },
        })
        .prefault({ production: {} })
        .describe('Where the app runs: staging, production and so on.'),
      preview: previewSection
        .prefault({})
        .describe('Environments for a while, such as one for each pull request, for `sluice preview`.'),
      check: checkSection.prefault({}).describe('How ready for production it has to be, for `sluice check`.'),
      keepReleases: whole(1, 100).prefault(5).describe('Releases that stay built for a quick rollback.'),
      data: z
        .array(text('path', INSIDE, 'a path inside the folder, such as ./uploads'), {
          error: 'a list of folders',
        })
        .max(100, { error: 'at most 100 folders' })
        .meta({ title: 'list of paths' })
        .prefault([])
        .describe('Folders inside the app that it writes to and keeps across releases.'),
    },
    { error: 'a map of keys' },
  )
  .superRefine(refuseSameRoutes)
  .superRefine(refuseSharedPort)
  .superRefine(refuseWrongPreview)
  .refine(hasCommand, {
    path: ['run', 'command'],
    error: 'a command line such as "node server.js", or a list of its words',
    params: { wanted: true },
    when: () => true,
  })

/** sluice.yaml as it was read: durations in milliseconds, shares in basis points, sizes in bytes. */
export type ReadConfig = z.output<typeof configSchema>

function refuseSameRoutes(
  config: { app: string; environments: Record<string, Route> },
  context: z.RefinementCtx,
): void {
  const taken = new Map<string, string>()
  for (const [key, { host = defaultHost(config.app, key), path }] of Object.entries(config.environments)) {
    const at = ['environments', key, 'host']
    const problem = hostProblem(host)
    if (problem !== null) context.addIssue({ code: 'custom', path: at, message: problem })

    const other = taken.get(host + path)
    taken.set(host + path, key)
    if (other === undefined) continue
    const message = `host and path are the same as those of environments.${other}. Give one of them another host or path`
    context.addIssue({ code: 'custom', path: at, message })
  }
}

/** Where instances share the ports of one machine, a port has one owner. */
function refuseSharedPort(
  config: {
    run: { port?: number | undefined }
    environments: Record<string, { target: TargetName; instances: number }>
  },
  context: z.RefinementCtx,
): void {
  const { port } = config.run
  if (port === undefined) return
  for (const [key, { target, instances }] of Object.entries(config.environments)) {
    if (targets[target].can.ownPorts || instances === 1) continue
    const message = `only one copy can have run.port (${port}) on a machine, and ${instances} are wanted. Write instances: 1, or leave run.port out and let the app listen on PORT`
    context.addIssue({ code: 'custom', path: ['environments', key, 'instances'], message })
  }
}

/** Only an image knows by itself how its app is started. Asked of files that are wrong elsewhere too. */
function hasCommand(
  config: {
    run?: { command?: unknown }
    environments?: Record<string, { target?: TargetName } | undefined>
  } | null,
): boolean {
  // A file of comments alone is told that it says nothing.
  if (config === null) return true
  const named = Object.values(config.environments ?? {})
  const needsOne =
    named.length === 0 || named.some((one) => !targets[one?.target ?? 'process']?.can.runsImages)
  return config.run?.command !== undefined || !needsOne
}

interface Route {
  host?: string | undefined
  path: string
}
