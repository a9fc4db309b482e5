import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { SluiceError } from '../errors.ts'
import { lastLines } from '../host/file-end.ts'
import { programIn } from './birth.ts'
import type { ControlMethods } from './control.ts'
import { connectProxy, type ProxyClient } from './control-client.ts'
import { openControlLink } from './control-link.ts'
import { makeProxyHome, type ProxyHome, proxyHome } from './home.ts'
import type { SupervisorMessage } from './supervisor-main.ts'
import type { ListenAddress } from './worker-control.ts'

export interface EnsureProxyOptions {
  home: string
  /** Port 0: any free one; `status` says which. */
  listen: ListenAddress
  /** Folder that holds `supervisor-main` and `worker-main`. */
  code: string
  version: string
  /** The whole environment of supervisor and workers. */
  env: NodeJS.ProcessEnv
  /** How many accept; 2 or more. */
  workers?: number
  /** A process that the supervisor starts again when it is gone; see `guard.ts` for its pid file. */
  guard?: { command: string[]; pidFile: string }
  /** Where workers' code lies when it is not beside the supervisor's. */
  workerCode?: string
}

/** From nothing to a supervisor that answers, on a slow machine. */
const startLimitMs = 20_000

const answerLimitMs = 5000

/** Of the log, for whoever asks why it could not be started. */
const shownLines = 10

/** Between two failed starts, doubling. */
const firstPauseMs = 200
const longestPauseMs = 30_000

/**
 * Connects to the home's supervisor, or starts one that outlives us and waits until it answers; starts it again whenever
 * a later call finds it gone. Two callers at once get the same one.
 * Throws PORT_TAKEN, START_FAILED with the last lines of the log, CONFIG_INVALID for a home whose path is too long.
 */
export async function ensureProxy(options: EnsureProxyOptions): Promise<ProxyClient> {
  const home = proxyHome(options.home)
  let reviving: Promise<void> | null = null
  let pauseMs = firstPauseMs
  let notBefore = 0
  let isStopped = false

  async function revive(): Promise<void> {
    if (isStopped || performance.now() < notBefore) return
    reviving ??= attempt()
    await reviving
  }

  // After a failure calls find nobody for a while, instead of each starting a process that fails the same way.
  async function attempt(): Promise<void> {
    try {
      await startUnlessRunning(home, options)
      pauseMs = firstPauseMs
    } catch (error) {
      notBefore = performance.now() + pauseMs
      pauseMs = Math.min(longestPauseMs, pauseMs * 2)
      throw error
    } finally {
      reviving = null
    }
  }

  await revive()
  const client = await connectProxy({ home: options.home, revive })
  return {
    call(method, params, withinMs) {
      if (method === 'stop') isStopped = true
      return client.call(method, params, withinMs)
    },
    close: client.close,
  }
}

async function startUnlessRunning(home: ProxyHome, options: EnsureProxyOptions): Promise<void> {
  if (await answers(home)) return
  makeProxyHome(home)
  const said = await start(home, options)
  if (said.say === 'failed') throw SluiceError.from(said.error)
  await answersWithin(home, startLimitMs)
}

// A connection proves nothing: the kernel makes one to a process that is just being killed.
async function answers(home: ProxyHome): Promise<boolean> {
  try {
    const link = await openControlLink<ControlMethods>(home.supervisorSocket)
    await link.call('status', {}, answerLimitMs)
    link.close()
    return true
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'PROXY_UNREACHABLE') return false
    throw error
  }
}

// `busy` means that another one has the lock but may not have opened its socket yet.
async function answersWithin(home: ProxyHome, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await answers(home))) {
    if (performance.now() > deadline) throw await failedStart(home, `did not answer within ${limitMs} ms`)
    await sleep(20)
  }
}

async function start(home: ProxyHome, options: EnsureProxyOptions): Promise<SupervisorMessage> {
  const child = forkSupervisor(home, options)
  const said = Promise.withResolvers<SupervisorMessage>()
  const fail = (what: string) => void failedStart(home, what).then(said.reject)
  const timer = setTimeout(() => fail('did not start in time'), startLimitMs)
  child.on('message', (message: SupervisorMessage) => said.resolve(message))
  child.on('error', (cause) => fail(`could not be started: ${cause.message}`))
  child.on('exit', (code, signal) => fail(`ended at once (${signal ?? `exit ${code}`})`))
  try {
    return await said.promise
  } finally {
    clearTimeout(timer)
    if (child.connected) child.disconnect()
    child.unref()
  }
}

function forkSupervisor(home: ProxyHome, options: EnsureProxyOptions): ChildProcess {
  const log = openSync(home.log, 'a', 0o600)
  try {
    return fork(programIn(options.code, 'supervisor-main'), supervisorArguments(options), {
      cwd: home.folder,
      detached: true,
      env: options.env,
      execArgv: [],
      stdio: ['ignore', log, log, 'ipc'],
    })
  } finally {
    closeSync(log)
  }
}

function supervisorArguments(options: EnsureProxyOptions): string[] {
  const { home, listen, version, guard } = options
  const args = ['--home', home, '--host', listen.host, '--port', String(listen.port), '--version', version]
  args.push('--code', options.workerCode ?? options.code, '--workers', String(options.workers ?? 2))
  if (guard) args.push('--guard', JSON.stringify(guard.command), '--guard-pidfile', guard.pidFile)
  return args
}

async function failedStart(home: ProxyHome, what: string): Promise<SluiceError> {
  return new SluiceError('START_FAILED', `the proxy's supervisor ${what}`, {
    todo: `Its log says more: ${home.log}`,
    details: await lastLines(home.log, shownLines),
  })
}
