import type { Ms } from '../../core/release.ts'
import { factsOf } from '../../errors.ts'
import { type OpenedPort, showPort } from '../../host/listening-ports.ts'
import type { HealthFact, Probe, ReleaseSpec } from '../target.ts'
import type { Body, Evidence, Exit, GroundWords, Witness } from './body.ts'
import { type ProbeTally, startupBudgetMs } from './health-watch.ts'
import type { InstanceRecord } from './instance-record.ts'
import { type ProbeAnswer, wantedAt } from './probe.ts'

/** Lines of each stream shown as evidence. */
const SHOWN_LINES = 10
/** Lines of each stream that a witness reads: Node's last words of a lack of memory stand above a long list of native frames. */
export const READ_LINES = 100
const NATIVE_FRAME = /^\s*\d+: 0x[0-9a-f]+ /

/** The instance that is not doing well. */
export interface Patient {
  record: InstanceRecord
  spec: ReleaseSpec
  words: GroundWords
  witness: Witness
  now: Ms
}

/** One that is still there. */
export type LivePatient = Patient & { body: Pick<Body, 'handle' | 'address' | 'appPort' | 'missing'> }

/** It ended without having been told to. */
export async function exitedFact(patient: Patient, exit: Exit): Promise<HealthFact> {
  const { record, now, witness } = patient
  const { opened, printed } = await witness.evidence()
  const lines = printed.flatMap((stream) => stream.lines)
  const isOutOfMemory =
    exit.isOutOfMemory === true || lines.some((line) => line.includes('heap out of memory'))
  const when =
    record.readyAt === null ? 'before it was ready' : `${seconds(now - record.readyAt)} after it became ready`
  const todo = todoAfterExit(patient, exit, lines, opened)
  return {
    ...basics(patient, isOutOfMemory ? 'outOfMemory' : 'exited'),
    message: `wanted it to keep running; found that it ${howItEnded(exit)} ${seconds(now - record.startedAt)} after its start, ${when}`,
    ...(todo === undefined ? {} : { todo }),
    details: [...portsLine(opened), ...shownLines(record, printed)],
  }
}

function howItEnded({ code, signal, isOutOfMemory, isRemoved, said }: Exit): string {
  const words = said === undefined ? '' : ` (${said})`
  if (isRemoved === true) return 'was removed by something else'
  if (isOutOfMemory === true) return `was ended by the kernel because it had used up its memory${words},`
  if (signal !== null) return `was ended by ${signal}${words}, which Sluice did not send,`
  if (code !== null) return `exited with code ${code}${words}`
  if (said !== undefined) return `ended${words}`
  return 'ended (exit code unknown: this run of Sluice did not start it) no later than'
}

function todoAfterExit(
  { spec, words }: Patient,
  exit: Exit,
  lines: string[],
  left: OpenedPort[],
): string | undefined {
  const text = lines.join('\n')
  if (text.includes('heap out of memory'))
    return 'Give it more memory (NODE_OPTIONS=--max-old-space-size=…), or find the leak.'
  const known = words.todoAfterExit(exit, spec)
  if (known !== undefined) return known
  if (/EADDRINUSE|address already in use/i.test(text)) {
    return 'It wants a port that something else has: listen on $PORT.'
  }
  if (left.length > 0) return 'It left a child behind that listens: run the server in the foreground.'
  return undefined
}

/** It was not ready within its startup budget. */
export async function neverReadyFact(patient: LivePatient, tally: ProbeTally): Promise<HealthFact> {
  const { startup } = patient.spec
  const { opened, printed } = await patient.witness.evidence()
  const budget = `${seconds(startupBudgetMs(startup))} of start (startup: ${seconds(startup.periodMs)} × ${startup.failures})`
  const answer = tally.last === null ? 'no answer at all' : `${tally.last.found}, ${tally.times} times`
  const { missing } = patient.body
  const found = missing == null ? `${answer}; ${alive(patient, opened)}` : `that ${missing}`
  return {
    ...basics(patient, 'neverReady'),
    message: `wanted ${wantedOf(patient, tally.probe)} within ${budget}; found ${found}`,
    todo:
      (missing == null ? undefined : patient.words.todoWhileMissing?.(missing, patient.spec)) ??
      todoForPorts(patient, opened),
    details: [...portsLine(opened), ...shownLines(patient.record, printed)],
  }
}

/** It was ready, and the outside has started it elsewhere. */
export function movedFact(patient: LivePatient, why: string): HealthFact {
  return {
    ...basics(patient, 'notReady'),
    message: `wanted it to stay where it was; found that ${why}, so that it is started elsewhere`,
    details: [],
  }
}

/** It was ready, and its readiness fails now. */
export function notReadyFact(patient: LivePatient, answer: ProbeAnswer): Promise<HealthFact> {
  return probeFact(patient, 'notReady', answer)
}

/** Its liveness fails: it is ended and started again. */
export function notAliveFact(patient: LivePatient, answer: ProbeAnswer): Promise<HealthFact> {
  return probeFact(patient, 'notAlive', answer)
}

async function probeFact(
  patient: LivePatient,
  kind: 'notReady' | 'notAlive',
  answer: ProbeAnswer,
): Promise<HealthFact> {
  const probe = kind === 'notReady' ? patient.spec.readiness : patient.spec.liveness
  const { opened, printed } = await patient.witness.evidence()
  return {
    ...basics(patient, kind),
    message: `wanted ${wantedOf(patient, probe)}; found ${answer.found}, ${probe.failures} times in a row; ${alive(patient, opened)}`,
    details: [...portsLine(opened), ...shownLines(patient.record, printed)],
  }
}

/** There was not even something to watch. */
export function startFailedFact(
  start: { id: string; spec: ReleaseSpec; words: GroundWords; now: Ms },
  error: unknown,
): HealthFact {
  const { message, todo, details } = factsOf(error)
  return {
    at: start.now,
    instance: start.id,
    kind: 'startFailed',
    wasReady: false,
    message: `wanted to start ${start.words.started(start.spec)}; found that ${message}`,
    ...(todo === undefined ? {} : { todo }),
    details: details ?? [],
  }
}

function wantedOf({ body, words }: LivePatient, probe: Probe): string {
  return wantedAt(body.address ?? { host: words.listenHost, port: body.appPort }, probe)
}

function basics({ record, now }: Patient, kind: HealthFact['kind']) {
  return { at: now, instance: record.id, kind, wasReady: record.readyAt !== null }
}

function alive({ body, words }: LivePatient, opened: OpenedPort[]): string {
  if (body.missing != null) return body.missing
  const found = `${words.body} is alive (${body.handle})`
  if (opened.length === 0) return `${found} and listens on no TCP port`
  const where = opened.map(showPort).join(', ')
  return isReachable(opened, body, words)
    ? `${found} and listens on ${where}`
    : `${found} and listens on ${where}, not on ${words.listenHost}:${body.appPort} ($PORT)`
}

function todoForPorts({ body, spec, words }: LivePatient, opened: OpenedPort[]): string {
  if (isReachable(opened, body, words))
    return 'Find out why it is not ready: the answer above and its last lines say more.'
  const elsewhere = opened.find((one) => one.port === body.appPort)
  if (elsewhere) {
    return `Listen on ${words.listenHost} ($HOST) or on all addresses: ${elsewhere.host} alone is not reached from there. In Node, the name "localhost" may mean ::1.`
  }
  if (opened.length > 0)
    return `Listen on process.env.PORT, or set run.port: ${opened[0]!.port} in sluice.yaml.`
  return `Let ${words.started(spec)} start a server on process.env.PORT, or give it more time (health.startup).`
}

function isReachable(opened: OpenedPort[], body: LivePatient['body'], words: GroundWords): boolean {
  const hosts = ['*', words.listenHost, body.address?.host]
  return opened.some(({ host, port }) => port === body.appPort && hosts.includes(host))
}

function portsLine(opened: OpenedPort[]): string[] {
  return opened.length === 0 ? [] : [`listens on ${opened.map(showPort).join(', ')}`]
}

function shownLines({ id }: InstanceRecord, printed: Evidence['printed']): string[] {
  const shown = printed.flatMap(({ stream, lines }) => {
    const last = lines.filter((line) => !NATIVE_FRAME.test(line)).slice(-SHOWN_LINES)
    return last.length === 0 ? [] : [`last lines of ${id}, ${stream}:`, ...last.map((line) => `  ${line}`)]
  })
  return shown.length === 0 ? [`${id} printed nothing`] : shown
}

/** `150 s`, `0.3 s`. */
function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(ms < 10_000 ? 1 : 0))} s`
}
