import { type DetailAccess, maySeeDetail } from './access.ts'
import type { Clock } from './clock.ts'
import { asDetail, asHealthJson } from './detail.ts'
import { type Findings, findOut } from './findings.ts'
import type { HealthAnswer, HealthRequest } from './health-request.ts'
import type { Paths, Probe } from './probe.ts'
import type { WatchedCheck } from './watched-check.ts'

/** What the answers are made from. */
export interface AnswerSource {
  version: string
  serviceId: string | undefined
  paths: Paths
  checks: WatchedCheck[]
  access: DetailAccess
  clock: Clock
  startedAtMs: number
  hasStarted(): boolean
  isDraining(): boolean
}

interface Told {
  status: number
  body: unknown
  headers?: Record<string, string>
}

const HEALTH_JSON = 'application/health+json'
const notFound: Told = { status: 404, body: { error: 'not found' } }
const notAllowed: Told = { status: 405, body: { error: 'use GET or HEAD' }, headers: { allow: 'GET, HEAD' } }
const broken: Told = { status: 500, body: { status: 'error' } }

/** The answer of one probe. It never rejects. */
export async function answerProbe(
  probe: Probe,
  request: HealthRequest,
  source: AnswerSource,
): Promise<HealthAnswer> {
  const told = await tell(probe, request, source).catch(() => broken)
  return written(told, request.method)
}

async function tell(probe: Probe, request: HealthRequest, source: AnswerSource): Promise<Told> {
  // First, so that the method does not tell a stranger that there is something.
  if (probe === 'detailed' && !(await maySeeDetail(source.access, request))) return notFound
  if (request.method !== 'GET' && request.method !== 'HEAD') return notAllowed
  return tellings[probe](source, request)
}

const tellings: Record<Probe, (source: AnswerSource, request: HealthRequest) => Told | Promise<Told>> = {
  live: ({ version }) => ({ status: 200, body: { status: 'ok', version } }),
  ready,
  startup: ({ version, hasStarted }) =>
    hasStarted()
      ? { status: 200, body: { status: 'ok', version } }
      : { status: 503, body: { status: 'error', version, reason: 'starting' } },
  async simple(source) {
    const { status, body } = await ready(source)
    return { status, body: { status: body.status } }
  },
  detailed,
}

interface Readiness extends Told {
  body: { status: Findings['status']; version: string; reason?: string }
}

async function ready({ version, checks, isDraining }: AnswerSource): Promise<Readiness> {
  const draining: Readiness = { status: 503, body: { status: 'error', version, reason: 'draining' } }
  // Nothing that a dependency could say would change it, so none is asked.
  if (isDraining()) return draining
  const findings = await findOut(checks, isDraining)
  if (findings.isDraining) return draining
  const { status } = findings
  // Which check it was is for those who may see the details.
  if (status === 'error') return { status: 503, body: { status, version, reason: 'a critical check fails' } }
  return { status: 200, body: { status, version } }
}

async function detailed(source: AnswerSource, request: HealthRequest): Promise<Told> {
  const findings = await findOut(source.checks, source.isDraining)
  const { version, serviceId, clock, startedAtMs } = source
  const identity = { version, serviceId, uptimeMs: clock.now() - startedAtMs, now: clock.date() }
  const status = findings.status === 'error' ? 503 : 200
  return wantsHealthJson(request)
    ? {
        status,
        body: asHealthJson(findings, identity),
        headers: { 'content-type': HEALTH_JSON, vary: 'accept' },
      }
    : { status, body: asDetail(findings, identity), headers: { vary: 'accept' } }
}

function wantsHealthJson({ headers }: HealthRequest): boolean {
  return String(headers.accept ?? '')
    .toLowerCase()
    .includes(HEALTH_JSON)
}

function written({ status, body, headers }: Told, method: string): HealthAnswer {
  const text = JSON.stringify(body)
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'content-length': String(Buffer.byteLength(text)),
      ...headers,
    },
    body: method === 'HEAD' ? '' : text,
  }
}
