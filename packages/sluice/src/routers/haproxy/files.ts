import { existsSync } from 'node:fs'
import { copyFile, readFile, rename } from 'node:fs/promises'
import { SluiceError } from '../../errors.ts'
import { writeDurably } from '../../host/durable-file.ts'
import { readJson, writeJson } from '../../host/json-file.ts'
import type { Configuration } from './configuration.ts'
import type { HaproxyHome } from './home.ts'
import { checkConfiguration, type Program } from './program.ts'
import { mapFile, rowsOf } from './rows.ts'
import { script } from './script.ts'
import { emptyTable, type Table } from './table.ts'

/** The table of this home. Throws STORE_FAILED rather than begin anew in silence. */
export async function readTable({ table }: HaproxyHome): Promise<Table> {
  const found = (await readJson<Table>(table)) ?? emptyTable
  if (found.schema === 1) return found
  throw new SluiceError(
    'STATE_TOO_NEW',
    `${table} has schema ${found.schema}, and this Sluice reads schema 1`,
  )
}

/**
 * Makes the files say what HAProxy should serve, so that it comes back whole whenever it starts. One that HAProxy would
 * refuse changes nothing: throws START_FAILED with its words.
 */
export async function writeFiles(
  home: HaproxyHome,
  program: Program,
  table: Table,
  configuration: Configuration,
): Promise<void> {
  const rows = rowsOf(table)
  const maps = (['routes', 'environments', 'releases'] as const).map(
    (map) => [home.maps[map], mapFile(rows[map])] as const,
  )
  await replaceIfOther(home.script, script(home.maps.environments))
  // HAProxy reads no file that names one that is not there.
  for (const [file] of maps) if (!existsSync(file)) await writeDurably(file, '')
  const isOther = (await contentOf(home.configuration)) !== configuration.text
  const candidate = `${home.configuration}.candidate`
  if (isOther) {
    await writeDurably(candidate, configuration.text)
    await checkConfiguration(program, candidate)
  }
  await writeJson(home.table, table, { durable: true })
  for (const [file, content] of maps) await replaceIfOther(file, content)
  if (!isOther) return
  if (existsSync(home.configuration)) await copyFile(home.configuration, home.previousConfiguration)
  await rename(candidate, home.configuration)
}

async function replaceIfOther(file: string, content: string): Promise<void> {
  if ((await contentOf(file)) !== content) await writeDurably(file, content)
}

function contentOf(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null)
}
