import type { Evidence } from '../../check.ts'
import { ciFiles } from '../../look/ci-files.ts'
import { lineAt } from '../../look/files.ts'
import type { Look } from '../../look/look.ts'
import { ownMatching } from '../../look/own-files.ts'
import { ownManifests } from '../../look/own-manifests.ts'
import { terraformBlocks } from '../../look/terraform.ts'

const TOOL =
  /pg_dump|pg_basebackup|mysqldump|mariadb-dump|mydumper|xtrabackup|mongodump|restic|\bborg|wal-g|pgbackrest|barman|litestream|kopia|velero|rds create-db-snapshot/i
const FILE =
  /(?:^|\/)(?:litestream\.ya?ml|pgbackrest\.conf|barman\.conf|[\w.-]*backup[\w.-]*\.(?:timer|cron)|crontab)$/
const KINDS =
  /^(?:Schedule|ScheduledBackup|BackupSchedule|BackupConfiguration|PerconaXtraDBClusterBackup|PreScheduledBackup|ReplicationSource)$/
const COMPOSE = /(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$/

/** Where it is written that backups are made by themselves; null where nothing is found. */
export function backupSchedule(look: Look): Evidence | null {
  return inObjects(look) ?? inTerraform(look) ?? inFiles(look) ?? inCi(look)
}

function inObjects(look: Look): Evidence | null {
  const found = ownManifests(look).find(({ kind, value }) => {
    if (KINDS.test(kind)) return true
    const text = kind === 'CronJob' || kind === 'Cluster' ? JSON.stringify(value) : ''
    return kind === 'CronJob' ? TOOL.test(text) : /"backup":\{/.test(text)
  })
  if (found === undefined) return null
  return { says: `${found.kind} ${found.name}`, file: found.file, line: found.lineOf(['kind']) }
}

function inTerraform(look: Look): Evidence | null {
  const found = terraformBlocks(look).find(
    ({ type, text }) =>
      /backup_plan|backup_policy|dlm_lifecycle_policy/.test(type) ||
      /(?:backup_retention_period|backup_retention_days|point_in_time_recovery_enabled)\s*=\s*(?!0\b|false)/.test(
        text,
      ) ||
      /backup_configuration\s*\{[^}]*enabled\s*=\s*true/.test(text),
  )
  return found === undefined
    ? null
    : { says: `${found.type} ${found.name}`, file: found.file, line: found.line }
}

function inFiles(look: Look): Evidence | null {
  const { repositoryFiles: files } = look
  const [file] = ownMatching(look, FILE).filter(
    (path) => !/crontab$/.test(path) || TOOL.test(files.read(path) ?? ''),
  )
  if (file !== undefined) return { says: 'backups are configured', file: files.at(file) }
  for (const path of ownMatching(look, COMPOSE)) {
    const text = files.read(path) ?? ''
    const at = text.search(/image:\s*["']?\S*(?:backup|litestream|pgbackrest|wal-g|restic)/i)
    if (at !== -1)
      return { says: 'a container that makes backups', file: files.at(path), line: lineAt(text, at) }
  }
  return null
}

function inCi(look: Look): Evidence | null {
  const found = ciFiles(look).find(
    ({ text }) => /^\s*(?:-\s*)?(?:schedule|cron)\s*[:(]/m.test(text) && TOOL.test(text),
  )
  if (found === undefined) return null
  return {
    says: 'a scheduled job makes backups',
    file: found.file,
    line: lineAt(found.text, found.text.search(TOOL)),
  }
}
