import { type Answer, type Check, type Evidence, fail, pass, unknown, warn } from '../../check.ts'
import { healthPaths } from '../../look/health-paths.ts'
import { imageFile } from '../../look/image-file.ts'
import type { Look } from '../../look/look.ts'
import { attempt } from '../../running/attempt.ts'
import { withOwnApp } from '../../running/own-app.ts'
import { openIdleConnection, type SlowReply } from '../../running/slow-request.ts'
import type { Ended, RunningApp, Trial } from '../../running/trial.ts'
import { holdRequests } from './held-requests.ts'

/** APP-08. */
export const gracefulShutdown: Check = {
  id: 'APP-08',
  title: 'SIGTERM reaches the app, which finishes what it has begun and ends in time',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['probe']],
  fix: 'On SIGTERM let readiness fail, stop taking connections, wait for what is in flight (server.close in Node, Shutdown in Go, graceful_timeout of gunicorn), then end with 0; start the app in the exec form, without npm or a shell before it. @sluice/health does the first part.',
  tags: ['DL3025', 'JSONArgsRecommended'],
  static: signalReaches,
  probe: (look, trial) => withOwnApp(trial, {}, (app) => tryToEnd(look, trial, app)),
}

function signalReaches(look: Look): Answer {
  const image = imageFile(look)
  if (image === null) return unknown('there is no Dockerfile that says how it is started')
  const lines = image.text.split('\n')
  const between = image.findings.filter(
    // A shell that is told to exec hands its place on, and signals with it.
    ({ id, line }) =>
      id === 'DF-53' || (id === 'DF-09' && !/^\s*(?:CMD|ENTRYPOINT)\s+exec\s/i.test(lines[line - 1] ?? '')),
  )
  const evidence = between.map(({ message, line }) => ({ says: message, file: image.file, line }))
  if (between.length > 0) return fail(between[0]!.message, evidence)
  return pass('the image starts the app itself', [
    { says: 'neither a shell nor npm stands before it', file: image.file },
  ])
}

/** How long a request goes on after the app was told to end: long enough to see whether it waits. */
const HELD_MS = 1_000
const POLL_MS = 250

/** 128 and the signal's number: how a shell tells of one that a signal has ended. */
const BY_SIGTERM = 143

async function tryToEnd(look: Look, trial: Trial, app: RunningApp): Promise<Answer> {
  const { readiness } = healthPaths(look)
  const closeIdle = await openIdleConnection(app.port, readiness)
  const { held, tried } = await holdRequests(look, trial, app)
  const before = await attempt(trial, app, readiness)
  const ending = app.stop()
  const asked = await readinessMeanwhile(trial, app, readiness)
  const replies = await Promise.all(
    held.map(async ({ what, request }) => ({ what, reply: await request.finish() })),
  )
  const ended = await ending
  closeIdle()
  return judged(look, { tried, replies, ended, asked, before: before.status })
}

interface Tried {
  /** Requests of which the last byte was held back, or that are slow by their name. */
  tried: string[]
  replies: { what: string; reply: SlowReply }[]
  ended: Ended
  /** What readiness said after SIGTERM, each in turn; null where nobody answered. */
  asked: (number | null)[]
  before: number | null
}

async function readinessMeanwhile(trial: Trial, app: RunningApp, path: string): Promise<(number | null)[]> {
  const asked: (number | null)[] = []
  for (let waitedMs = 0; waitedMs < HELD_MS; waitedMs += POLL_MS) {
    await trial.pause(POLL_MS)
    asked.push((await attempt(trial, app, path, { timeoutMs: 1_000 })).status)
  }
  return asked
}

function judged({ app }: Look, { tried, replies, ended, asked, before }: Tried): Answer {
  const how = ended.signal === null ? `exit code ${ended.code}` : `signal ${ended.signal}`
  const last = asked.at(-1) ?? null
  const evidence: Evidence[] = [
    { says: `ended by ${how} after ${Math.round(ended.afterMs)} ms, with an idle connection open` },
    { says: `readiness after SIGTERM: ${asked.map((status) => status ?? 'no connection').join(', ')}` },
    ...replies.map(({ what, reply }) => ({
      says: `${what}, begun before SIGTERM and finished after it: ${reply.status ?? `cut (${reply.why})`}`,
    })),
  ]
  const cut = replies.filter(({ reply }) => reply.status === null)
  if (ended.signal === 'SIGKILL') return fail('it had not ended within its grace, and was killed', evidence)
  if (cut.length > 0) return fail(`${cut[0]!.what} was cut when it was told to end`, evidence)
  // 128 and the signal's number is how a shell tells of it; some libraries end so by themselves when all is done.
  const isDone =
    ended.code === 0 || ended.code === BY_SIGTERM || (ended.code === null && ended.signal === 'SIGTERM')
  if (!isDone) return fail(`it ended by ${how}, which is not how one ends that was told to`, evidence)
  if (replies.length === 0) {
    const atOnce = { says: `nothing could be kept in flight, all was answered at once: ${tried.join(', ')}` }
    return withoutRequest(app.stack, ended, [...evidence, atOnce])
  }
  if (last !== null && last < 400 && before !== null && before < 400)
    return warn('it finishes what it has begun, and tells meanwhile that it is ready', evidence)
  return pass('what was in flight was finished, and it ended in time', evidence)
}

/** Nothing could be kept in flight, so it is only known how it ended. */
function withoutRequest(stack: Look['app']['stack'], { code, signal }: Ended, evidence: Evidence[]): Answer {
  if (stack === 'static') return pass('it ended in time, and no request takes long', evidence)
  if (code === 0) return warn('it ended in time; that it waits for requests could not be tried', evidence)
  const says = 'the signal ended it at once: it has no handler for SIGTERM, so what is in flight is cut'
  // Servers of Python end themselves by the same signal when they are done.
  const isBySignal = signal !== null || code === BY_SIGTERM
  if (stack === 'python' || !isBySignal)
    return unknown('whether it waits for requests could not be tried', evidence)
  return fail(says, evidence)
}
