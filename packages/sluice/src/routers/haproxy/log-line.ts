import { decodeName } from './name.ts'

/** `drill`: synthetic too, and its latency counts although the instance is cold. */
export type LineCohort = 'users' | 'synthetic' | 'drill'

/** What became of one request, as HAProxy says it when the request is over. */
export interface LogLine {
  pid: number
  /** Of the lines of this process, from 0 without a gap: a missing one was lost. */
  number: number
  environment: string
  /** `*`: none was chosen. */
  release: string
  weightEpoch: number
  cohort: LineCohort
  /** Null where none was reached. */
  instance: string | null
  status: number
  /** Who ended it: `-` nobody before its end, `C` and `c` the client, `S` and `s` the app, `K` a person, `L` HAProxy. */
  end: string
  retries: number
  /** From the request's head to that of the answer; null without an answer of the app. */
  firstByteMs: number | null
  /** A tunnel or an event stream, whose end says nothing. */
  isEndless: boolean
}

const cohorts: Record<string, LineCohort> = { u: 'users', s: 'synthetic', d: 'drill' }

/** The line as it is in the configuration's `log-format`; null for anything else that HAProxy says. */
export function parseLine(text: string): LogLine | null {
  const cells = text.split(' ')
  if (cells[0] !== 'R' || cells.length !== 13) return null
  const [, pid, number, environment, release, epoch, cohort, server, status, end, retries, us, endless] =
    cells
  if (cohorts[cohort!] === undefined) return null
  return {
    pid: Number(pid),
    number: Number(number),
    environment: decodeName(environment!),
    release: release!,
    weightEpoch: Number(epoch),
    cohort: cohorts[cohort!]!,
    instance: server === '<NOSRV>' ? null : decodeName(server!),
    status: Number(status),
    end: end![0]!,
    retries: Number(retries!.replace('+', '')),
    firstByteMs: us === '-' ? null : Number(us) / 1_000,
    isEndless: endless !== '-',
  }
}
