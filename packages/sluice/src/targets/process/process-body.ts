import { readEnd } from '../../host/file-end.ts'
import { openedPorts } from '../../host/listening-ports.ts'
import type { Body, Evidence } from '../fleet/body.ts'
import { READ_LINES } from '../fleet/health-facts.ts'
import type { InstanceRecord } from '../fleet/instance-record.ts'
import { ask } from '../fleet/probe.ts'
import type { InstanceProcess } from './instance-process.ts'
import { logFile, logStreams } from './log-files.ts'
import type { Machine } from './machine.ts'
import { INSTANCE_HOST } from './ports.ts'
import { endGroup, killGroup } from './process-group.ts'

/** The body of an instance whose process group runs. */
export function bodyOf(
  { record, folder, process: group }: { record: InstanceRecord; folder: string; process: InstanceProcess },
  { clock, closed }: Pick<Machine, 'clock' | 'closed'>,
): Body {
  const { identity, exited } = group
  // Reserved before it was started.
  const port = record.port!
  const address = { host: INSTANCE_HOST, port }
  return {
    handle: `pid ${identity.pid}`,
    address,
    appPort: port,
    exited,
    ask: (probe) => ask(address, probe),
    end: (graceMs) => endGroup(identity, { graceMs, clock, signal: closed }),
    crash: () => killGroup(identity),
    evidence: () => evidenceOf(folder, identity.pid),
  }
}

/** What the process group with this leader has opened, and what it has printed into the instance's folder. */
export async function evidenceOf(folder: string, pid: number): Promise<Evidence> {
  const read = async (stream: Evidence['printed'][number]['stream']) => {
    const { lines } = await readEnd(logFile(folder, stream), READ_LINES).catch(() => ({ lines: [] }))
    return { stream, lines }
  }
  const [opened, printed] = await Promise.all([
    openedPorts(pid).catch(() => []),
    Promise.all(logStreams.map(read)),
  ])
  return { opened, printed }
}
