import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isProcessIdentity, type ProcessIdentity } from '../host/process-identity.ts'
import { type ProxyHome, workerFiles } from './home.ts'

/** A worker's file in the home, from before it accepts until its end: how any supervisor finds it. */
export interface WorkerCard {
  boot: string
  identity: ProcessIdentity
  /** Milliseconds since the Unix epoch. */
  startedAt: number
}

/** Renamed into place, so that nobody reads half of it. */
export function writeCard(home: ProxyHome, card: WorkerCard): void {
  const path = workerFiles(home, card.boot).card
  writeFileSync(`${path}.new`, JSON.stringify(card), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

/** Every card in the home, of living workers and of those that died without taking theirs away. */
export function readCards(home: ProxyHome): WorkerCard[] {
  const names = readdirSync(home.workers).filter((name) => /^\w+\.json$/.test(name))
  return names.flatMap((name) => readCard(join(home.workers, name)) ?? [])
}

/** Takes a worker's card and socket away; its last words stay. */
export function removeCard(home: ProxyHome, boot: string): void {
  const { card, socket } = workerFiles(home, boot)
  for (const path of [card, socket]) rmSync(path, { force: true })
}

function readCard(path: string): WorkerCard | null {
  try {
    const card = JSON.parse(readFileSync(path, 'utf8')) as WorkerCard
    return isProcessIdentity(card.identity) && typeof card.boot === 'string' ? card : null
  } catch {
    return null // It was taken away in between, or the disk was full when it was written.
  }
}
