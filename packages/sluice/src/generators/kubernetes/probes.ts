import { quoted } from './lines.ts'
import type { Workload } from './workload.ts'

/** Seconds, and failures in a row that count. */
interface Timing {
  delay: number
  period: number
  failures: number
}

const startup: Timing = { delay: 0, period: 5, failures: 30 }
const readiness: Timing = { delay: 5, period: 10, failures: 2 }
const liveness: Timing = { delay: 10, period: 30, failures: 3 }

/** Shorter than the shortest period. */
const timeoutSeconds = 3

/** Until whoever asks for itself whether an instance is ready has noticed that it leaves. */
export const leaveSeconds = readiness.period * readiness.failures

/** How long an instance may finish what it has begun. */
export const drainSeconds = 30

/** From the wish that it end to the end by force. */
export const graceSeconds = leaveSeconds + drainSeconds + 10

/** The three probes of the app's container. */
export function probes({ health, isDjango, host }: Workload): string[] {
  const named = isDjango ? host : null
  return [
    `# It has started: ${startup.period * startup.failures} s at most. Asks no more than liveness, so a database that is away restarts nothing.`,
    ...probe('startupProbe', startup, health.liveness, named),
    '# It can take requests, with all that it needs for them; else it gets none.',
    ...probe('readinessProbe', readiness, health.readiness, named),
    '# Its process is sound, whatever else is away; else it is started anew.',
    ...probe('livenessProbe', liveness, health.liveness, named),
  ]
}

function probe(
  name: string,
  { delay, period, failures }: Timing,
  path: string | null,
  host: string | null,
): string[] {
  return [
    `${name}:`,
    ...(path === null ? ['  tcpSocket:', '    port: http'] : httpGet(path, host)),
    `  initialDelaySeconds: ${delay}`,
    `  periodSeconds: ${period}`,
    `  timeoutSeconds: ${timeoutSeconds}`,
    `  failureThreshold: ${failures}`,
  ]
}

function httpGet(path: string, host: string | null): string[] {
  const headers = [
    '    httpHeaders:',
    `      - name: Host # TODO: one of ALLOWED_HOSTS, since Django answers to nothing else`,
    `        value: ${host}`,
    '      - name: X-Forwarded-Proto',
    '        value: https',
  ]
  return ['  httpGet:', `    path: ${quoted(path)}`, '    port: http', ...(host === null ? [] : headers)]
}
