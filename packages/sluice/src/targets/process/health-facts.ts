import type { Ms } from '../../core/release.ts'
import { factsOf } from '../../errors.ts'
import { readEnd } from '../../host/file-end.ts'
import { type OpenedPort, openedPorts, showPort } from '../../host/listening-ports.ts'
import type { HealthFact, ReleaseSpec } from '../target.ts'
import { type ProbeTally, startupBudgetMs } from './health-watch.ts'
import type { InstanceRecord } from './instance-record.ts'
import type { Exit } from './launcher.ts'
import { type LogStream, logFile, logStreams } from './log-files.ts'
import { INSTANCE_HOST } from './ports.ts'
import { type ProbeAnswer, wantedOf } from './probe.ts'

/** Lines of each stream shown as evidence. */
const SHOWN_LINES = 10
/** Lines of each stream read: Node's last words of a lack of memory stand above a long list of native frames. */
const READ_LINES = 100
const NATIVE_FRAME = /^\s*\d+: 0x[0-9a-f]+ /

/** The instance that is not doing well. */
export interface Patient {
  record: InstanceRecord
  spec: ReleaseSpec
  folder: string
  pid: number
  now: Ms
}

/** It ended without having been told to. */
export async function exitedFact(patient: Patient, exit: Exit): Promise<HealthFact> {
  const { record, now } = patient
  const printed = await lastLines(patient)
  const lines = printed.flatMap((stream) => stream.lines)
  const left = await portsOf(patient)
  const isOutOfMemory = lines.some((line) => line.includes('heap out of memory'))
  const when =
    record.readyAt === null ? 'before it was ready' : `${seconds(now - record.readyAt)} after it became ready`
  const todo = todoAfterExit(patient, exit, lines, left)
  return {
    ...basics(patient, isOutOfMemory ? 'outOfMemory' : 'exited'),
    message: `wanted it to keep running; found that it ${howItEnded(exit)} ${seconds(now - record.startedAt)} after its start, ${when}`,
    ...(todo === undefined ? {} : { todo }),
    details: [...portsLine(left), ...shownLines(record, printed)],
  }
}

function howItEnded({ code, signal }: Exit): string {
  if (signal !== null) return `was ended by ${signal}, which Sluice did not send,`
  if (code !== null) return `exited with code ${code}`
  return 'ended (exit code unknown: this run of Sluice did not start it) no later than'
}

function todoAfterExit(
  { spec }: Patient,
  exit: Exit,
  lines: string[],
  left: OpenedPort[],
): string | undefined {
  const text = lines.join('\n')
  if (text.includes('heap out of memory'))
    return 'Give it more memory (NODE_OPTIONS=--max-old-space-size=…), or find the leak.'
  if (exit.signal === 'SIGKILL')
    return 'See whether the kernel ended it for want of memory: journalctl -k | grep -i oom'
  if (exit.code === 127) return `Is the command there? ${shown(spec.command)} runs in ${spec.folder}.`
  if (exit.code === 125) return 'The launcher could not write into the state folder: is the disk full?'
  if (/EADDRINUSE|address already in use/i.test(text)) {
    return 'It wants a port that something else has: listen on $PORT.'
  }
  if (left.length > 0) return 'It left a child behind that listens: run the server in the foreground.'
  return undefined
}

/** It was not ready within its startup budget. */
export async function neverReadyFact(patient: Patient, tally: ProbeTally): Promise<HealthFact> {
  const { startup } = patient.spec
  const opened = await portsOf(patient)
  const budget = `${seconds(startupBudgetMs(startup))} of start (startup: ${seconds(startup.periodMs)} × ${startup.failures})`
  const answer = tally.last === null ? 'no answer at all' : `${tally.last.found}, ${tally.times} times`
  return {
    ...basics(patient, 'neverReady'),
    message: `wanted ${wantedOf(patient.record.port, tally.probe)} within ${budget}; found ${answer}; ${alive(patient, opened)}`,
    todo: todoForPorts(patient, opened),
    details: [...portsLine(opened), ...shownLines(patient.record, await lastLines(patient))],
  }
}

/** It was ready, and its readiness fails now. */
export function notReadyFact(patient: Patient, answer: ProbeAnswer): Promise<HealthFact> {
  return probeFact(patient, 'notReady', answer)
}

/** Its liveness fails: it is ended and started again. */
export function notAliveFact(patient: Patient, answer: ProbeAnswer): Promise<HealthFact> {
  return probeFact(patient, 'notAlive', answer)
}

async function probeFact(
  patient: Patient,
  kind: 'notReady' | 'notAlive',
  answer: ProbeAnswer,
): Promise<HealthFact> {
  const probe = kind === 'notReady' ? patient.spec.readiness : patient.spec.liveness
  const opened = await portsOf(patient)
  return {
    ...basics(patient, kind),
    message: `wanted ${wantedOf(patient.record.port, probe)}; found ${answer.found}, ${probe.failures} times in a row; ${alive(patient, opened)}`,
    details: [...portsLine(opened), ...shownLines(patient.record, await lastLines(patient))],
  }
}

/** There was not even a process. */
export function startFailedFact(
  start: { id: string; spec: ReleaseSpec; now: Ms },
  error: unknown,
): HealthFact {
  const { message, todo, details } = factsOf(error)
  return {
    at: start.now,
    instance: start.id,
    kind: 'startFailed',
    wasReady: false,
    message: `wanted to start ${shown(start.spec.command)}; found that ${message}`,
    ...(todo === undefined ? {} : { todo }),
    details: details ?? [],
  }
}

function basics({ record, now }: Patient, kind: HealthFact['kind']) {
  return { at: now, instance: record.id, kind, wasReady: record.readyAt !== null }
}

function alive({ pid, record }: Patient, opened: OpenedPort[]): string {
  const process = `the process is alive (pid ${pid})`
  if (opened.length === 0) return `${process} and listens on no TCP port`
  const where = opened.map(showPort).join(', ')
  return isReachable(opened, record.port)
    ? `${process} and listens on ${where}`
    : `${process} and listens on ${where}, not on ${INSTANCE_HOST}:${record.port} ($PORT)`
}

function todoForPorts({ record, spec }: Patient, opened: OpenedPort[]): string {
  if (isReachable(opened, record.port))
    return 'Find out why it is not ready: the answer above and its last lines say more.'
  const elsewhere = opened.find(({ port }) => port === record.port)
  if (elsewhere) {
    return `Listen on ${INSTANCE_HOST} ($HOST) or on all addresses: ${elsewhere.host} alone is not reached from there. In Node, the name "localhost" may mean ::1.`
  }
  if (opened.length > 0)
    return `Listen on process.env.PORT, or set run.port: ${opened[0]!.port} in sluice.yaml.`
  return `Let ${shown(spec.command)} start a server on process.env.PORT, or give it more time (health.startup).`
}

function isReachable(opened: OpenedPort[], port: number): boolean {
  return opened.some((it) => it.port === port && (it.host === '*' || it.host === INSTANCE_HOST))
}

function portsLine(opened: OpenedPort[]): string[] {
  return opened.length === 0 ? [] : [`listens on ${opened.map(showPort).join(', ')}`]
}

/** A fact with less evidence is better than none. */
function portsOf({ pid }: Patient): Promise<OpenedPort[]> {
  return openedPorts(pid).catch(() => [])
}

interface Printed {
  stream: LogStream
  lines: string[]
}

function lastLines({ folder }: Patient): Promise<Printed[]> {
  const read = async (stream: LogStream) => {
    const { lines } = await readEnd(logFile(folder, stream), READ_LINES).catch(() => ({ lines: [] }))
    return { stream, lines }
  }
  return Promise.all(logStreams.map(read))
}

function shownLines({ id }: InstanceRecord, printed: Printed[]): string[] {
  const shown = printed.flatMap(({ stream, lines }) => {
    const last = lines.filter((line) => !NATIVE_FRAME.test(line)).slice(-SHOWN_LINES)
    return last.length === 0 ? [] : [`last lines of ${id}, ${stream}:`, ...last.map((line) => `  ${line}`)]
  })
  return shown.length === 0 ? [`${id} printed nothing`] : shown
}

function shown(command: string | string[]): string {
  return `"${typeof command === 'string' ? command : command.join(' ')}"`
}

/** `150 s`, `0.3 s`. */
function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(ms < 10_000 ? 1 : 0))} s`
}
