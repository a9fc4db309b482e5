import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson, writeJson } from '../../host/json-file.ts'

/**
 * Says who we are to an engine: made once for each SLUICE_HOME, so that two of them can share an engine and neither
 * touches what is the other's.
 */
export function homeIn(root: string): () => Promise<string> {
  let identity: Promise<string> | null = null
  return () => {
    identity ??= homeId(root).catch((error) => {
      identity = null
      throw error
    })
    return identity
  }
}

async function homeId(root: string): Promise<string> {
  const file = join(root, 'home.json')
  const known = await readJson<{ id: string }>(file)
  if (known !== null) return known.id
  await mkdir(root, { recursive: true })
  const id = randomBytes(6).toString('hex')
  await writeJson(file, { id }, { durable: true })
  return id
}
