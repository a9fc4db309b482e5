import { type Context, Hono } from 'hono'
import { stream } from 'hono/streaming'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import { IMAGE } from '../config/values.ts'
import { drillFaults } from '../core/drill.ts'
import { isOver } from '../core/rollout.ts'
import { strategyNames } from '../core/strategies/index.ts'
import { factsOf, SluiceError } from '../errors.ts'
import { act, actions } from './actions.ts'
import type { ActionAnswer, Hello, HistoryAnswer, StatusAnswer, TrafficAnswer } from './contract.ts'
import type { Control } from './control.ts'
import { deploy } from './deploy.ts'
import { drill } from './drill.ts'
import { explain, findRollout } from './explain.ts'
import { rolloutNews } from './news.ts'
import { plan } from './plan.ts'
import { environmentsNow, warningsNow } from './status.ts'
import { summaryOfRecord } from './summaries.ts'
import { startSyntheticLoad } from './synthetic-load.ts'
import { trafficOf } from './traffic.ts'

export interface ApiOptions {
  control: Control
  hello: Hello
  /** Ends the agent: with everything that runs, or only itself, so that a newer one can take over. */
  shutdown(how: { everything: boolean; drainMs: number }): Promise<void>
}

const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/)
const release = z.string().regex(/^r[1-9]\d{0,8}$/, 'a release is named like r7')
const seq = z.coerce.number().int().min(0)
const by = z.string().min(1).max(200).default('unknown')

const deployRequest = z.strictObject({
  folder: z.string().min(1).max(4096),
  environment: name.optional(),
  strategy: z.enum(strategyNames as [string, ...string[]]).optional(),
  release: release.optional(),
  image: z.string().regex(IMAGE, 'an image is named like ghcr.io/acme/shop@sha256:…').optional(),
  supersede: z.boolean().default(false),
  by,
})
const actionRequest = z.strictObject({ by, full: z.boolean().optional(), release: release.optional() })

const drillRequest = z.strictObject({
  faults: z.array(z.enum(drillFaults)).min(1).max(drillFaults.length),
  path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, 'a path begins with / and has no spaces')
    .optional(),
  by,
})

/** What the agent answers on its unix socket; see `contract.ts`. */
export function api(options: ApiOptions): Hono {
  const { control } = options
  const app = new Hono()

  app.onError((error, context) => {
    const facts = factsOf(error)
    const status = error instanceof SluiceError ? error.httpStatus : 500
    return context.json({ error: facts }, status as ContentfulStatusCode)
  })

  app.notFound((context) => {
    const facts = factsOf(new SluiceError('USAGE', `nothing is at ${context.req.method} ${context.req.path}`))
    return context.json({ error: facts }, 404)
  })

  app.get('/v1/hello', (context) => context.json(options.hello satisfies Hello))

  app.get('/v1/status', async (context) => {
    const { app: appName, environment } = context.req.query()
    const environments = await environmentsNow(control, { app: appName, environment })
    return context.json({
      hello: options.hello,
      environments,
      warnings: await warningsNow(control),
    } satisfies StatusAnswer)
  })

  app.post('/v1/deploy', async (context) => {
    const request = read(deployRequest, await bodyOf(context)) as Parameters<typeof deploy>[1]
    context.header('content-type', 'application/x-ndjson')
    return stream(context, async (out) => {
      const lines = lineWriter(out)
      await deploy(control, request, lines.write).catch((error) =>
        lines.write({ kind: 'error', error: factsOf(error) }),
      )
      await lines.flushed()
    })
  })

  app.post('/v1/plan', async (context) => {
    const request = read(deployRequest, await bodyOf(context)) as Parameters<typeof plan>[1]
    return context.json(await plan(control, request))
  })

  app.get('/v1/rollouts/:id', async (context) =>
    context.json(summaryOfRecord(await findRollout(control, context.req.param('id')))),
  )

  app.get('/v1/rollouts/:id/explain', async (context) =>
    context.json(await explain(control, context.req.param('id'))),
  )

  app.get('/v1/rollouts/:id/news', async (context) => {
    const { rollout } = await findRollout(control, context.req.param('id'))
    const after = read(seq, context.req.query('after') ?? '0')
    const isFollowing = context.req.query('follow') === '1' && !isOver(rollout)
    context.header('content-type', 'application/x-ndjson')
    return stream(context, async (out) => {
      const lines = lineWriter(out)
      const ended = new AbortController()
      out.onAbort(() => ended.abort())
      for await (const line of rolloutNews(control, rollout.id, after, isFollowing, ended.signal))
        await lines.writeNow(line)
    })
  })

  app.get('/v1/history', async (context) => {
    const { app: appName, environment, limit } = context.req.query()
    const records = await control.records.rollouts.list({
      ...(appName === undefined ? {} : { app: appName }),
      ...(appName === undefined || environment === undefined
        ? {}
        : { environment: `${appName}/${environment}` }),
      limit: Math.min(1_000, Math.max(1, Number(limit ?? 20) || 20)),
    })
    return context.json({ rollouts: records.map(summaryOfRecord) } satisfies HistoryAnswer)
  })

  app.post('/v1/environments/:app/:environment/drill', async (context) => {
    const { app: appName, environment } = context.req.param()
    const keeper = control.keeper(`${appName}/${environment}`)
    const request = read(drillRequest, await bodyOf(context)) as Parameters<typeof drill>[2]
    const { hosts: [previewHost = ''] = [], token: previewToken = '' } = keeper.settings.route.preview ?? {}
    const door = { address: options.hello.listen, previewHost, previewToken }
    context.header('content-type', 'application/x-ndjson')
    return stream(context, async (out) => {
      const lines = lineWriter(out)
      await drill(control, keeper, request, {
        tell: lines.write,
        startLoad: (wanted) => startSyntheticLoad(door, wanted),
      }).catch((error) => lines.write({ kind: 'error', error: factsOf(error) }))
      await lines.flushed()
    })
  })

  app.post('/v1/environments/:app/:environment/:action', async (context) => {
    const { app: appName, environment, action } = context.req.param()
    const known = actions.find((one) => one === action)
    if (known === undefined)
      throw new SluiceError('USAGE', `no action "${action}"; known are: ${actions.join(', ')}`)
    const request = read(actionRequest, await bodyOf(context))
    const answer = await act(control, control.keeper(`${appName}/${environment}`), known, {
      by: request.by,
      ...(request.full === undefined ? {} : { full: request.full }),
      ...(request.release === undefined ? {} : { release: request.release }),
    })
    return context.json(answer satisfies ActionAnswer)
  })

  app.get('/v1/environments/:app/:environment/traffic', (context) => {
    const { app: appName, environment } = context.req.param()
    const { id } = control.keeper(`${appName}/${environment}`)
    return context.json(trafficOf(control.history, id) satisfies TrafficAnswer)
  })

  app.get('/v1/environments/:app/:environment/logs', (context) => {
    const { app: appName, environment } = context.req.param()
    const { lines, release: of, follow } = context.req.query()
    const keeper = control.keeper(`${appName}/${environment}`)
    const only = of === undefined ? {} : { release: read(release, of) }
    context.header('content-type', 'application/x-ndjson')
    return stream(context, async (out) => {
      const ended = new AbortController()
      out.onAbort(() => ended.abort())
      const written = lineWriter(out)
      const found = control.target.logs(keeper.id, {
        lines: Math.min(10_000, Math.max(0, Number(lines ?? 100) || 0)),
        ...only,
        ...(follow === '1' ? { follow: ended.signal } : {}),
      })
      for await (const line of found) await written.writeNow(line)
      await written.flushed()
    })
  })

  app.post('/v1/handover', (context) => {
    setImmediate(() => void options.shutdown({ everything: false, drainMs: 0 }))
    return context.json({})
  })

  app.post('/v1/shutdown', async (context) => {
    const { drainMs } = read(
      z.object({ drainMs: z.number().min(0).max(3_600_000).default(10_000) }),
      await bodyOf(context),
    )
    await options.shutdown({ everything: true, drainMs })
    return context.json({})
  })

  return app
}

/** The JSON body; an empty one is an empty object. */
async function bodyOf({ req }: Context): Promise<unknown> {
  const text = await req.text()
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch (cause) {
    throw new SluiceError('USAGE', 'the body is not JSON', { cause })
  }
}

function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const found = schema.safeParse(value)
  if (found.success) return found.data
  const details = found.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
  throw new SluiceError('USAGE', 'the request is not as it should be', { details })
}

interface Out {
  write(text: string): Promise<unknown>
}

// One JSON object per line, in the order in which they were written.
function lineWriter(out: Out) {
  let last: Promise<unknown> = Promise.resolve()
  const write = (value: unknown) => {
    const text = `${JSON.stringify(value)}\n`
    last = last.then(() => out.write(text)).catch(() => {})
  }
  return {
    write,
    writeNow: (value: unknown) => {
      write(value)
      return last
    },
    flushed: () => last,
  }
}
