import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { factsOf, SluiceError } from '../errors.ts'
import { takeLock } from '../host/folder-lock.ts'
import { ownIdentity } from '../host/process-identity.ts'
import { proxyHome } from '../proxy/home.ts'
import { openStore } from '../runtime/store.ts'
import { api } from '../server/api.ts'
import type { Hello } from '../server/contract.ts'
import { openControl } from '../server/control.ts'
import { homeOf } from '../server/home.ts'
import { listenOn } from './agent/listen-on.ts'
import { openOutside } from './agent/outside.ts'
import { readSettings, rememberListen } from './agent/settings.ts'
import { keepShort } from './agent/short-logs.ts'
import { shutDown } from './agent/shut-down.ts'

export interface AgentOptions {
  home: string
  version: string
  /** How this agent is started again: a program and its arguments. */
  command: string[]
}

/**
 * The control process of one SLUICE_HOME: opens the state, adopts what runs, goes on with rollouts, and answers on the
 * unix socket until it is told to end. Resolves with an exit code. Killing it harms nothing but progress.
 */
export async function agent(options: AgentOptions): Promise<number> {
  const home = homeOf(options.home)
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime })
  try {
    await run(options, log)
    return 0
  } catch (error) {
    const facts = factsOf(error)
    if (facts.code === 'AGENT_RUNNING') {
      // The one that runs is well, and whoever waits for an agent waits for that one.
      log.info(`${facts.message}; this one is not needed`)
      return 3
    }
    log.fatal(facts, 'the agent could not start')
    await writeFile(join(home.root, 'agent.failed.json'), JSON.stringify(facts), { mode: 0o600 }).catch(
      () => {},
    )
    return error instanceof SluiceError ? error.exitCode : 70
  }
}

async function run(options: AgentOptions, log: pino.Logger): Promise<void> {
  const home = homeOf(options.home)
  const settings = await readSettings(home.root)
  const lock = takeLock(join(home.root, 'agent.lock'))
  if (lock === null) throw new SluiceError('AGENT_RUNNING', `an agent runs already in ${home.root}`)
  await using opened = new AsyncDisposableStack()
  opened.defer(() => lock.release())
  // First, because a state that cannot be read is a reason to touch nothing else.
  const store = opened.adopt(await openStore(home.root), (it) => it.close())
  await rm(join(home.root, 'agent.failed.json'), { force: true })
  await writeFile(home.agentPidFile, JSON.stringify(ownIdentity()), { mode: 0o600 })

  const outside = opened.adopt(
    openOutside(home, {
      homes: { embedded: home.proxy, haproxy: home.haproxy, instances: home.lists },
      listen: settings.listen,
      haproxy: settings.haproxy,
      instances: async () => (await readSettings(home.root)).instances,
      code: fileURLToPath(new URL('../proxy', import.meta.url)),
      version: options.version,
      env: proxyEnvironment(),
      guard: { command: options.command, pidFile: home.agentPidFile },
    }),
    (it) => it.close(),
  )
  // Before anything is deployed: a port that is taken is best heard of at once.
  await outside.router('embedded')
  await rememberListen(home.root, settings.listen)
  const onTrouble = (environment: string, error: unknown) =>
    log.error({ environment, ...factsOf(error) }, 'trouble')
  const control = opened.adopt(await openControl({ home, store, outside, onTrouble }), (it) => it.close())

  const hello: Hello = {
    protocol: 1,
    version: options.version,
    pid: process.pid,
    home: home.root,
    startedAt: Date.now(),
    listen: settings.listen,
  }
  const ending = Promise.withResolvers<void>()
  const shutdown = once(async (how: { everything: boolean; drainMs: number }) => {
    log.info(how, 'shutting down')
    await shutDown({ control, home, ...how })
    ending.resolve()
  })
  opened.adopt(await listenOn(home.agentSocket, api({ control, hello, shutdown })), (it) => it.close())
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.resolve())
  opened.adopt(keepShort([home.agentLog, proxyHome(home.proxy).log]), (it) => it.close())
  log.info({ pid: process.pid, version: options.version, listen: settings.listen }, 'the agent answers')

  await ending.promise
  await markStopped(home.agentPidFile)
}

// Whoever asks for the end while it is under way waits for the same one.
function once<A>(work: (argument: A) => Promise<void>): (argument: A) => Promise<void> {
  let done: Promise<void> | null = null
  return (argument) => {
    done ??= work(argument).catch((error) => {
      done = null
      throw error
    })
    return done
  }
}

// The supervisor starts again an agent that has gone without a word.
async function markStopped(pidFile: string): Promise<void> {
  const known = JSON.parse(await readFile(pidFile, 'utf8'))
  await writeFile(pidFile, JSON.stringify({ ...known, stopped: true }), { mode: 0o600 })
}

// The proxy needs nothing of the caller's shell, and an agent that its supervisor starts again has to find the same engine.
function proxyEnvironment(): NodeJS.ProcessEnv {
  const engine = ['DOCKER_HOST', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH', 'DOCKER_CONFIG', 'SSH_AUTH_SOCK']
  const names = [
    'PATH',
    'HOME',
    'LANG',
    'TZ',
    'TMPDIR',
    'SLUICE_HAPROXY_LISTEN',
    'SLUICE_SWARM_MANAGERS',
    ...engine,
  ]
  return Object.fromEntries(names.map((name) => [name, process.env[name]]))
}
