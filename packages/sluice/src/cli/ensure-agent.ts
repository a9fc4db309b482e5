import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ErrorFacts, SluiceError } from '../errors.ts'
import type { Hello } from '../server/contract.ts'
import { homeOf } from '../server/home.ts'
import { type AgentClient, agentClient } from './agent-client.ts'
import { exitCode } from './exit-code.ts'
import { makeHome } from './make-home.ts'
import { isOlder, ownVersion } from './version.ts'

/** From nothing to an agent that answers, and from being told to leave to being gone. */
const limitMs = 15_000
const pollMs = 25
/** Where an agent that could not start says why. */
const failureFile = 'agent.failed.json'
/** Of one that could not even say that. */
const shownLogLines = 15

export interface EnsureAgent {
  home: string
  env: NodeJS.ProcessEnv
  /** A program and its arguments that start an agent in this home, before `agent --home …`. */
  program(home: string): Promise<string[]>
  notice(text: string): void
}

/**
 * The home's agent; started where none runs, and put in the place of one of an older version.
 * Throws AGENT_UNREACHABLE with the end of its log, and STATE_TOO_NEW where a newer one speaks otherwise.
 */
export async function ensureAgent(options: EnsureAgent): Promise<AgentClient> {
  const client = agentClient(options.home)
  const found = await client.hello()
  if (found === null) {
    const { pid } = await startAgent(client, options)
    options.notice(
      `No agent was running; started one (pid ${pid}, state in ${shortened(options.home)}). Stop everything with: sluice down`,
    )
  } else if (isOlder(found.version, ownVersion())) {
    await replaceAgent(client, found, options)
  } else if (found.protocol !== 1) {
    throw tooNew(found)
  }
  return client
}

async function replaceAgent(client: AgentClient, old: Hello, options: EnsureAgent): Promise<void> {
  await client.post({ path: '/v1/handover', body: {} })
  await until(
    async () => (await client.hello())?.pid !== old.pid,
    () => overdue('did not hand over', options.home),
  )
  const { pid, version } = (await client.hello()) ?? (await startAgent(client, options))
  options.notice(
    `The agent of version ${old.version} handed over to ${version} (pid ${pid}); traffic went on.`,
  )
}

async function startAgent(client: AgentClient, options: EnsureAgent): Promise<Hello> {
  const log = homeOf(options.home).agentLog
  makeHome(options.home)
  rmSync(join(options.home, failureFile), { force: true })
  const logStart = statSync(log, { throwIfNoEntry: false })?.size ?? 0
  const program = await options.program(options.home)
  const child = spawnAgent(options, program, log)
  const exit = exitOf(child)
  child.unref()
  let hello: Hello | null = null
  await until(
    async () => {
      hello = await client.hello()
      return hello !== null || hasFailed(exit, options.home)
    },
    () => overdue('did not answer', options.home),
  )
  if (hello === null) throw ownWords(options.home) ?? failedStart(exit, endOf(log, logStart), log)
  return hello
}

function spawnAgent({ home, env }: EnsureAgent, [file = '', ...args]: string[], log: string): ChildProcess {
  const output = openSync(log, 'a', 0o600)
  try {
    return spawn(file, [...args, 'agent', '--home', home], {
      cwd: home,
      detached: true,
      env,
      stdio: ['ignore', output, output],
    })
  } finally {
    closeSync(output)
  }
}

interface Exit {
  code: number | null
  how: string | null
}

function exitOf(child: ChildProcess): Exit {
  const exit: Exit = { code: null, how: null }
  child.on('error', (error) => Object.assign(exit, { how: error.message }))
  child.on('exit', (code, signal) => Object.assign(exit, { code, how: signal ?? `exit code ${code}` }))
  return exit
}

// Refused without a word of its own means that another one was quicker to take the home; that one will answer.
function hasFailed({ code, how }: Exit, home: string): boolean {
  return how !== null && (code !== exitCode.refused || ownWords(home) !== null)
}

async function until(isSo: () => Promise<boolean>, overdueError: () => SluiceError): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw overdueError()
    await sleep(pollMs)
  }
}

// An agent that could say what was wrong has left it in a file.
function ownWords(home: string): SluiceError | null {
  try {
    return SluiceError.from(JSON.parse(readFileSync(join(home, failureFile), 'utf8')) as ErrorFacts)
  } catch {
    return null
  }
}

function failedStart({ how }: Exit, details: string[], log: string): SluiceError {
  return new SluiceError('AGENT_UNREACHABLE', `the agent ended as soon as it was started (${how})`, {
    todo: `Its log says more: ${log}`,
    details,
  })
}

function overdue(what: string, home: string): SluiceError {
  const { agentLog } = homeOf(home)
  return new SluiceError('AGENT_UNREACHABLE', `the agent ${what} within ${limitMs / 1_000} s`, {
    todo: `Its log says more: ${agentLog}`,
    details: endOf(agentLog, 0),
  })
}

function tooNew({ version, pid }: Hello): SluiceError {
  return new SluiceError(
    'STATE_TOO_NEW',
    `the agent that runs is of version ${version} (pid ${pid}), and this is ${ownVersion()}`,
    { todo: 'Use the newer sluice, or end everything with it first: sluice down' },
  )
}

function endOf(log: string, from: number): string[] {
  try {
    const text = readFileSync(log).subarray(from).toString('utf8').trimEnd()
    return text === '' ? [] : text.split('\n').slice(-shownLogLines)
  } catch {
    return []
  }
}

/** `~/.sluice`. */
function shortened(folder: string): string {
  const own = homedir()
  return folder.startsWith(`${own}/`) ? `~${folder.slice(own.length)}` : folder
}
