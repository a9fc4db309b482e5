import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { SluiceError } from '../../errors.ts'
import { readJson, writeJson } from '../../host/json-file.ts'
import { identify, isAlive, isProcessIdentity, type ProcessIdentity } from '../../host/process-identity.ts'
import type { HaproxyHome } from './home.ts'
import { alarms, type Program } from './program.ts'
import { talkTo } from './talk.ts'
import { masterPid } from './workers.ts'

const startWithinMs = 10_000
const lookAgainMs = 20
const lookPatienceMs = 1_000

/** The master that runs in this home; null when none does. */
export async function runningMaster(home: HaproxyHome, withinMs: number): Promise<ProcessIdentity | null> {
  const noted = await readJson<unknown>(home.pid)
  if (isProcessIdentity(noted) && isAlive(noted)) return noted
  // Whoever started it may have died before it noted that down.
  const answer = await talkTo(home.masterSocket, withinMs)('show proc').catch(() => '')
  const pid = masterPid(answer)
  const found = pid === null ? null : identify(pid)
  if (found !== null) await writeJson(home.pid, found, { durable: true })
  return found
}

/** Starts HAProxy from its file; it outlives us. Throws PORT_TAKEN, START_FAILED with its last words. */
export async function startHaproxy(
  home: HaproxyHome,
  { binary, env }: Program,
  shape: string,
): Promise<void> {
  const log = openSync(home.log, 'a', 0o600)
  const { size } = statSync(home.log)
  try {
    const child = spawn(
      binary,
      ['-W', '-S', `${home.masterSocket},mode,600,level,admin`, '-f', home.configuration],
      { cwd: home.folder, detached: true, env, stdio: ['ignore', log, log] },
    )
    const ended = once(child, 'exit').then(() => true)
    ended.catch(() => {})
    child.unref()
    if (child.pid === undefined) throw await failed(home, size, 'could not be started')
    const identity = identify(child.pid)
    if (identity !== null) await writeJson(home.pid, identity, { durable: true })
    await Promise.race([
      servesShape(home, shape, startWithinMs),
      ended.then(async () => {
        throw await failed(home, size, 'ended at once')
      }),
    ])
  } finally {
    closeSync(log)
  }
}

/**
 * Has HAProxy take up its file without losing a connection; answers how many the worker had that leaves now. Throws
 * START_FAILED when HAProxy does not take it up.
 */
export async function reloadHaproxy(home: HaproxyHome, shape: string, withinMs: number): Promise<number> {
  const { size } = statSync(home.log)
  const [, connections] =
    /^CurrConns: (\d+)/m.exec(await talkTo(home.adminSocket, withinMs)('show info')) ?? []
  await talkTo(home.masterSocket, withinMs)('reload')
  await servesShape(home, shape, startWithinMs).catch(async () => {
    throw await failed(home, size, 'did not take up its new configuration and goes on with the old one')
  })
  return Number(connections ?? 0)
}

/** The shape of the configuration that the accepting worker has; null when it says nothing. */
export async function shapeOf(home: HaproxyHome, withinMs: number): Promise<string | null> {
  const answer = await talkTo(home.adminSocket, withinMs)('get var proc.shape')
  return /value=<([0-9a-f]+)>/.exec(answer)?.[1] ?? null
}

async function servesShape(home: HaproxyHome, shape: string, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs
  // The master listens a little later than its worker.
  const isUp = async () =>
    (await shapeOf(home, lookPatienceMs)) === shape &&
    masterPid(await talkTo(home.masterSocket, lookPatienceMs)('show proc')) !== null
  while (!(await isUp().catch(() => false))) {
    if (performance.now() > deadline)
      throw new SluiceError('START_FAILED', `HAProxy did not answer within ${limitMs} ms`, {
        todo: `Its log says more: ${home.log}`,
      })
    await sleep(lookAgainMs)
  }
}

async function failed(home: HaproxyHome, from: number, what: string): Promise<SluiceError> {
  const details = alarms(await readFrom(home.log, from))
  const taken = details.find((line) => /Address already in use/i.test(line))
  if (taken !== undefined) {
    const [, address = 'its address'] = /\[([^[\]]*:\d+)\]\s*$/.exec(taken) ?? []
    return new SluiceError('PORT_TAKEN', `HAProxy wants to listen on ${address}, and something else does`, {
      todo: 'Stop what listens there, or give the router another port.',
      details,
    })
  }
  return new SluiceError('START_FAILED', `HAProxy ${what}`, {
    todo: `Its log says more: ${home.log}`,
    details,
  })
}

async function readFrom(file: string, from: number): Promise<string> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const buffer = Buffer.alloc(Math.max(0, Math.min(size - from, 65_536)))
    await handle.read(buffer, 0, buffer.length, from)
    return buffer.toString('utf8')
  } finally {
    await handle.close()
  }
}

/** False when HAProxy has died; true while it runs, and when it was stopped on purpose. */
export async function wasLeftRunning(home: HaproxyHome): Promise<boolean> {
  const noted = await readJson<unknown>(home.pid)
  return !isProcessIdentity(noted) || isAlive(noted)
}
