import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely'

/** How long a statement waits for another process's lock before it fails. */
const busyTimeoutMs = 5_000

/**
 * Opens a database file for Kysely. Every commit is on the disk before it returns (WAL, synchronous FULL), because a
 * rollout's events must be durable before their effects.
 */
export function openSqlite<Schema>(file: string): { db: Kysely<Schema>; raw: DatabaseSync } {
  const raw = new DatabaseSync(file, { timeout: busyTimeoutMs })
  raw.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
  return { db: new Kysely<Schema>({ dialect: new SqliteDialect({ database: adapt(raw) }) }), raw }
}

// Kysely speaks better-sqlite3: parameters in one array, and a flag that says whether rows come back.
function adapt(raw: DatabaseSync): SqliteDatabase {
  return {
    close: () => raw.close(),
    prepare(sql) {
      const statement = raw.prepare(sql)
      const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => (isNeedless(sql, raw) ? nothing : statement.run(...values(parameters))),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      }
    },
  }
}

const nothing = { changes: 0, lastInsertRowid: 0 }

// A full disk makes SQLite roll back by itself; Kysely's own rollback would then fail, and hide why.
function isNeedless(sql: string, raw: DatabaseSync): boolean {
  return sql === 'rollback' && !raw.isTransaction
}
