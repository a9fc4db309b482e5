import { createHash } from 'node:crypto'
import { link, readFile, rename, rm } from 'node:fs/promises'
import { SluiceError } from '../errors.ts'
import { writeDurably } from '../host/durable-file.ts'
import type { ProxyHome } from './home.ts'
import type { Table } from './table.ts'
import { validateTable } from './table-check.ts'

/** What a start finds: the newest table that can be trusted, and what has to be said about it. */
export interface LastGood {
  table: Table | null
  warnings: string[]
}

interface SealedTable {
  schema: 1
  /** SHA-256 of the table's JSON. */
  checksum: string
  table: unknown
}

/** Keeps the table as the last good one, and the one before it. Durable when it resolves. */
export async function writeLastGood(home: ProxyHome, table: Table): Promise<void> {
  await keepPrevious(home)
  const sealed: SealedTable = { schema: 1, checksum: checksumOf(table), table }
  await writeDurably(home.table, JSON.stringify(sealed))
}

/** Reads the last good table; where it cannot be read the previous one, with a warning. Never throws. */
export async function readLastGood(home: ProxyHome): Promise<LastGood> {
  const warnings: string[] = []
  for (const path of [home.table, home.previousTable]) {
    try {
      const table = await readSealed(path)
      if (table === null) continue
      if (path === home.previousTable)
        warnings.push(`serving the table before the last one, epoch ${table.epoch}`)
      return { table, warnings }
    } catch (error) {
      warnings.push(`${path} cannot be used: ${(error as Error).message}`)
    }
  }
  if (warnings.length > 0) warnings.push('no table could be read: nothing is served until one is applied')
  return { table: null, warnings }
}

// A second name for the file, so that there is no moment without a current one.
async function keepPrevious(home: ProxyHome): Promise<void> {
  const second = `${home.previousTable}.new`
  await rm(second, { force: true })
  try {
    await link(home.table, second)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  await rename(second, home.previousTable)
}

async function readSealed(path: string): Promise<Table | null> {
  const text = await readIfThere(path)
  if (text === null) return null
  const sealed = JSON.parse(text) as Partial<SealedTable>
  if (sealed.schema !== 1) throw new SluiceError('STATE_TOO_NEW', `its schema is ${sealed.schema}, ours is 1`)
  if (sealed.checksum !== checksumOf(sealed.table)) throw new SluiceError('BUG', 'its checksum does not fit')
  return validateTable(sealed.table)
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function checksumOf(table: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(table ?? null))
    .digest('hex')
}
