import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { SluiceError } from '../errors.ts'
import { migrations, type Schema } from './schema.ts'
import { openSqlite } from './sqlite.ts'

/** Freed when the disk is full, so that a rollout's undo can still be journaled. */
const ballastBytes = 4 * 1024 * 1024

/** The state of one SLUICE_HOME: a database, and a little room kept for bad days. */
export interface Store {
  readonly db: Kysely<Schema>
  /** True once a write has met a full disk; new deploys are refused until room has been made. */
  isFull(): boolean
  /** Runs a write; on a full disk frees the ballast and runs it once more. Throws STORE_FULL when that does not help. */
  write<T>(work: () => Promise<T>): Promise<T>
  /** Puts the ballast back where there is room for it again. */
  recover(): Promise<void>
  close(): Promise<void>
}

/** Opens, and where needed creates or upgrades, the state in `home`. Throws STATE_TOO_NEW, STORE_FULL or STORE_FAILED. */
export async function openStore(home: string): Promise<Store> {
  await mkdir(home, { recursive: true, mode: 0o700 }).catch((error) => {
    throw notOpened(home, error)
  })
  const ballast = join(home, 'ballast')
  const { db } = openDatabase(join(home, 'sluice.db'))
  let full = false
  try {
    await migrate(db, home)
    full = !(await layBallast(ballast))
  } catch (error) {
    await db.destroy()
    throw failure(error)
  }

  return {
    db,
    isFull: () => full,
    async write(work) {
      try {
        return await work()
      } catch (error) {
        if (!isDiskFull(error)) throw failure(error)
      }
      full = true
      await rm(ballast, { force: true })
      try {
        return await work()
      } catch (error) {
        throw failure(error)
      }
    },
    async recover() {
      if (full && (await layBallast(ballast))) full = false
    },
    close: () => db.destroy(),
  }
}

function openDatabase(file: string) {
  try {
    return openSqlite<Schema>(file)
  } catch (error) {
    throw notOpened(file, error)
  }
}

function notOpened(place: string, error: unknown): SluiceError {
  return new SluiceError('STORE_FAILED', `the state in ${place} could not be opened: ${messageOf(error)}`, {
    cause: error,
  })
}

async function migrate(db: Kysely<Schema>, home: string): Promise<void> {
  await db.schema
    .createTable('meta')
    .ifNotExists()
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute()
  const row = await db.selectFrom('meta').select('value').where('key', '=', 'schema').executeTakeFirst()
  const version = Number(row?.value ?? 0)
  if (version > migrations.length) {
    throw new SluiceError(
      'STATE_TOO_NEW',
      `the state in ${home} was written by a newer Sluice (schema ${version}, and this one knows ${migrations.length})`,
      { todo: 'use that newer version, or another folder: SLUICE_HOME=…' },
    )
  }
  for (let next = version; next < migrations.length; next += 1) {
    await db.transaction().execute(async (transaction) => {
      await migrations[next]!(transaction as unknown as Kysely<Schema>)
      await transaction
        .insertInto('meta')
        .values({ key: 'schema', value: String(next + 1) })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: String(next + 1) }))
        .execute()
    })
  }
}

async function layBallast(file: string): Promise<boolean> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  )
  if (size === ballastBytes) return true
  try {
    // Random bytes would not be stored any smaller by a file system that compresses; zeros would.
    await writeFile(file, incompressible(ballastBytes), { mode: 0o600 })
    const handle = await open(file)
    await handle.sync().finally(() => handle.close())
    return true
  } catch (error) {
    await rm(file, { force: true })
    if (isDiskFull(error)) return false
    throw failure(error)
  }
}

function incompressible(bytes: number): Buffer {
  const block = Buffer.alloc(bytes)
  let state = 0x2545f491
  for (let at = 0; at < bytes; at += 4) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    block.writeInt32LE(state, at)
  }
  return block
}

function failure(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error
  if (isDiskFull(error)) {
    return new SluiceError('STORE_FULL', 'the disk is full: what happens cannot be written down any more', {
      todo: 'make room on the disk that holds SLUICE_HOME, then run the command again',
      cause: error,
    })
  }
  return new SluiceError('STORE_FAILED', `the state could not be written: ${messageOf(error)}`, {
    cause: error,
  })
}

/** ENOSPC, EDQUOT, or SQLite's own SQLITE_FULL (13) and short I/O errors that stand for it. */
export function isDiskFull(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const { code, errcode, cause } = error as { code?: string; errcode?: number; cause?: unknown }
  return (
    code === 'ENOSPC' || code === 'EDQUOT' || errcode === 13 || (cause !== undefined && isDiskFull(cause))
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
