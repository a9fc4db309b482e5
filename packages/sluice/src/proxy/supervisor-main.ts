import { rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type ErrorFacts, factsOf } from '../errors.ts'
import { takeLock } from '../host/folder-lock.ts'
import { ownIdentity, type ProcessIdentity } from '../host/process-identity.ts'
import { type GuardedPid, guard } from './guard.ts'
import { makeProxyHome, proxyHome } from './home.ts'
import { openSupervisor } from './supervisor.ts'

/** Said over IPC to whoever started this process, once. `busy`: another supervisor has the home. */
export type SupervisorMessage = { say: 'ready' } | { say: 'busy' } | { say: 'failed'; error: ErrorFacts }

const options = readArguments()
process.title = 'sluice-proxy supervisor'
process.on('SIGINT', () => {}) // A Ctrl-C is meant for who started us.
try {
  makeProxyHome(options.home)
  const lock = takeLock(options.home.supervisorLock)
  if (lock === null) leave({ say: 'busy' }, 0)
  else await supervise()
} catch (error) {
  rmSync(options.home.supervisorPid, { force: true })
  const facts = factsOf(error)
  console.error(`${new Date().toISOString()} ${facts.message}`)
  leave({ say: 'failed', error: facts }, 1)
}

async function supervise(): Promise<void> {
  writePid({})
  const supervisor = await openSupervisor(options)
  const release = guardOther()
  tell({ say: 'ready' })
  const terminated = new Promise<'terminated'>((resolve) =>
    process.once('SIGTERM', () => resolve('terminated')),
  )
  const why = await Promise.race([terminated, supervisor.stopped.then(() => 'stopped' as const)])
  release()
  await supervisor.close()
  if (why === 'stopped') writePid({ stopped: true })
  else rmSync(options.home.supervisorPid, { force: true })
  process.exit(0)
}

function guardOther(): () => void {
  const { home, guarded } = options
  return guarded === null ? () => {} : guard({ ...guarded, log: home.log, cwd: home.folder })
}

// As `guard.ts` reads it, for those who watch us.
function writePid(more: Omit<GuardedPid, keyof ProcessIdentity>): void {
  const pid: GuardedPid = { ...ownIdentity(), ...more }
  writeFileSync(options.home.supervisorPid, JSON.stringify(pid), { mode: 0o600 })
}

function leave(message: SupervisorMessage, exitCode: number): void {
  tell(message, () => process.exit(exitCode))
}

// Who started us lets go of the channel when it has heard this.
function tell(message: SupervisorMessage, then: () => void = () => {}): void {
  if (process.connected) process.send?.(message, then)
  else then()
}

function readArguments() {
  const string = { type: 'string' } as const
  const { values } = parseArgs({
    options: {
      home: string,
      host: string,
      port: string,
      code: string,
      version: string,
      workers: string,
      guard: string,
      'guard-pidfile': string,
    },
  })
  const pidFile = values['guard-pidfile']
  return {
    home: proxyHome(values.home ?? ''),
    listen: { host: values.host ?? '127.0.0.1', port: Number(values.port ?? 0) },
    code: values.code ?? import.meta.dirname,
    version: values.version ?? '0',
    workers: Math.max(2, Number(values.workers ?? 2)),
    guarded: values.guard && pidFile ? { command: JSON.parse(values.guard) as string[], pidFile } : null,
  }
}
