import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync } from 'node:fs'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { type ErrorFacts, SluiceError } from '../errors.ts'
import { lastLines } from '../host/file-end.ts'
import { bootLength, type ProxyHome } from './home.ts'
import type { Table } from './table.ts'
import { removeCard } from './worker-card.ts'
import type { ListenAddress } from './worker-control.ts'

/** Who shall be born. */
export interface BirthOrder {
  boot: string
  /** Folder of the code that holds `worker-main`. */
  code: string
  index: number
  listen: ListenAddress
}

/** Said by the child over IPC. It asks for the listener first: one that was sent unasked would accept into nowhere. */
export type ChildMessage = { say: 'want' } | { say: 'accepting' } | { say: 'failed'; error: ErrorFacts }

/** Said by the parent, with the listener attached where it has one; else the child binds. */
export interface StartMessage {
  say: 'start'
  table: Table
}

/** A machine that starts a Node process slower than this cannot serve anyway. */
const birthLimitMs = 15_000

/** Of the log, for whoever asks why it could not be born. */
const shownLines = 10

/** A boot id: never comes twice, sorts by time. */
export function newBoot(now: number): string {
  return `${now.toString(36).padStart(9, '0')}${randomBytes(4).toString('hex')}`.slice(0, bootLength)
}

/**
 * Starts a worker that outlives us, and resolves when it accepts connections. Its table is the one that we have when it
 * asks for it: it has announced itself by then, so who hands out a newer one either finds it or has told us before.
 * With `listener` it shares ours; with null it binds `order.listen` itself.
 * Throws what the child said (PORT_TAKEN), or START_FAILED with its last lines.
 */
export async function beget(
  home: ProxyHome,
  order: BirthOrder,
  table: () => Table,
  listener: Server | null,
): Promise<void> {
  const child = forkWorker(home, order)
  try {
    await accepting(child, home, table, listener)
  } catch (error) {
    child.kill('SIGKILL')
    removeCard(home, order.boot) // It has never accepted, so no counts are missing with it.
    throw error
  } finally {
    if (child.connected) child.disconnect()
    child.unref()
  }
}

/** The file of a program in a folder of code: TypeScript in the repository, JavaScript in the package. */
export function programIn(code: string, name: string): string {
  const source = join(code, `${name}.ts`)
  return existsSync(source) ? source : join(code, `${name}.js`)
}

// Detached, in its own session and with its output in a file: neither Ctrl-C nor our end reaches it. The larger young
// generation took p99 under 64 connections from 100..190 ms to 60..85 ms on two busy cores, at 30 to 60 MB a worker.
function forkWorker(home: ProxyHome, order: BirthOrder): ChildProcess {
  const log = openSync(home.log, 'a', 0o600)
  try {
    return fork(programIn(order.code, 'worker-main'), workerArguments(home, order), {
      cwd: home.folder,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      execArgv: ['--max-semi-space-size=32'],
    })
  } finally {
    closeSync(log)
  }
}

function workerArguments(home: ProxyHome, { boot, index, listen }: BirthOrder): string[] {
  const numbers = ['--index', String(index), '--host', listen.host, '--port', String(listen.port)]
  return ['--home', home.folder, '--boot', boot, ...numbers]
}

async function accepting(
  child: ChildProcess,
  home: ProxyHome,
  table: () => Table,
  listener: Server | null,
): Promise<void> {
  const accepts = Promise.withResolvers<void>()
  const { resolve, reject } = accepts
  const fail = (what: string) => void failedStart(home, what).then(reject)
  const timer = setTimeout(() => fail(`did not accept within ${birthLimitMs} ms`), birthLimitMs)
  child.on('message', (message: ChildMessage) => {
    if (message.say === 'want') child.send(startMessage(table()), listener ?? undefined)
    else if (message.say === 'accepting') resolve()
    else reject(SluiceError.from(message.error))
  })
  child.on('error', (cause) => fail(`could not be started: ${cause.message}`))
  child.on('exit', (code, signal) => fail(`ended at once (${signal ?? `exit ${code}`})`))
  try {
    await accepts.promise
  } finally {
    clearTimeout(timer)
  }
}

function startMessage(table: Table): StartMessage {
  return { say: 'start', table }
}

async function failedStart(home: ProxyHome, what: string): Promise<SluiceError> {
  return new SluiceError('START_FAILED', `a new proxy worker ${what}`, {
    todo: `The proxy's log says more: ${home.log}`,
    details: await lastLines(home.log, shownLines),
  })
}
