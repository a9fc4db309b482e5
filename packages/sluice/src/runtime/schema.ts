import type { Generated, Kysely } from 'kysely'
import { sql } from 'kysely'

/** Columns that end in Json hold JSON text; times are milliseconds since the epoch. */
export interface Schema {
  meta: { key: string; value: string }
  releases: {
    app: string
    number: number
    state: 'building' | 'built' | 'failed' | 'pruned'
    digest: string | null
    folder: string
    source: string
    factsJson: string
    createdAt: number
    createdBy: string
  }
  deployed: {
    environment: string
    release: string
    specJson: string
    deployedAt: number
  }
  environments: {
    id: string
    app: string
    name: string
    settingsJson: string
    stateJson: string
  }
  rollouts: {
    id: string
    environment: string
    kind: string
    strategy: string
    fromRelease: string | null
    toRelease: string
    status: string
    startedAt: number
    startedBy: string
    endedAt: number | null
    engine: number
    beginningJson: string
    /** Without the trial. */
    stateJson: string
    /** Null where there is none. */
    trialJson: string | null
    noteJson: string
  }
  journal: {
    rollout: string
    seq: number
    at: number
    eventJson: string
    factsJson: string
  }
  audit: {
    id: Generated<number>
    at: number
    by: string
    environment: string | null
    what: string
    dataJson: string
  }
  drills: {
    environment: string
    at: number
    recordJson: string
  }
  leases: {
    name: string
    holder: string
    token: number
    expiresAt: number
  }
}

/** Grows by one with each entry of `migrations`; a state folder with a higher number was written by a newer Sluice. */
export const migrations: ((db: Kysely<Schema>) => Promise<void>)[] = [createTables, createDrills, addTrials]

async function createTables(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('releases')
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('digest', 'text')
    .addColumn('folder', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('factsJson', 'text', (column) => column.notNull())
    .addColumn('createdAt', 'integer', (column) => column.notNull())
    .addColumn('createdBy', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('releases_key', ['app', 'number'])
    .execute()
  await db.schema
    .createTable('deployed')
    .addColumn('environment', 'text', (column) => column.notNull())
    .addColumn('release', 'text', (column) => column.notNull())
    .addColumn('specJson', 'text', (column) => column.notNull())
    .addColumn('deployedAt', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('deployed_key', ['environment', 'release'])
    .execute()
  await db.schema
    .createTable('environments')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('settingsJson', 'text', (column) => column.notNull())
    .addColumn('stateJson', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('rollouts')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('environment', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('strategy', 'text', (column) => column.notNull())
    .addColumn('fromRelease', 'text')
    .addColumn('toRelease', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('startedAt', 'integer', (column) => column.notNull())
    .addColumn('startedBy', 'text', (column) => column.notNull())
    .addColumn('endedAt', 'integer')
    .addColumn('engine', 'integer', (column) => column.notNull())
    .addColumn('beginningJson', 'text', (column) => column.notNull())
    .addColumn('stateJson', 'text', (column) => column.notNull())
    .addColumn('noteJson', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('rollouts_by_environment')
    .on('rollouts')
    .columns(['environment', 'startedAt'])
    .execute()
  await db.schema
    .createTable('journal')
    .addColumn('rollout', 'text', (column) => column.notNull())
    .addColumn('seq', 'integer', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('eventJson', 'text', (column) => column.notNull())
    .addColumn('factsJson', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('journal_key', ['rollout', 'seq'])
    .modifyEnd(sql`without rowid`)
    .execute()
  await db.schema
    .createTable('audit')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('environment', 'text')
    .addColumn('what', 'text', (column) => column.notNull())
    .addColumn('dataJson', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('leases')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('token', 'integer', (column) => column.notNull())
    .addColumn('expiresAt', 'integer', (column) => column.notNull())
    .execute()
}

// Evidence is large and changes at ticks only, so it is not written again with every event.
async function addTrials(db: Kysely<Schema>): Promise<void> {
  await db.schema.alterTable('rollouts').addColumn('trialJson', 'text').execute()
}

async function createDrills(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('drills')
    .addColumn('environment', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('recordJson', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('drills_key', ['environment', 'at'])
    .execute()
}
