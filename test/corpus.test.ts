import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { allChecks } from '../packages/sluice/src/checks/index.ts'
import { openLook } from '../packages/sluice/src/checks/look/open-look.ts'
import { detect } from '../packages/sluice/src/detect/detect.ts'
import { SluiceError } from '../packages/sluice/src/errors.ts'
import { generateAll } from '../packages/sluice/src/generators/index.ts'
import { stamped } from '../packages/sluice/src/generators/stamp.ts'

/* What others wrote, as it lies on this machine: nothing of it may be too odd to be looked at. */

const modules = fileURLToPath(new URL('../node_modules', import.meta.url))
const debian = '/usr/lib/python3/dist-packages'

// A third of them, always the same; SLUICE_CORPUS=all takes all, which takes half a minute.
const every = process.env.SLUICE_CORPUS === 'all' ? 1 : 3
const folders = [...packagesIn(modules), ...(existsSync(debian) ? packagesIn(debian) : [])].filter(
  (_, index) => index % every === 0,
)

it(`looks at ${folders.length} folders of others without an error of its own`, {
  timeout: 120_000,
}, async () => {
  const broken: string[] = []
  let apps = 0
  for (const folder of folders) {
    try {
      apps += await lookAt(folder)
    } catch (error) {
      broken.push(`${folder}: ${error instanceof Error ? error.stack : error}`)
    }
  }
  expect(broken).toEqual([])
  // Most are libraries, and not all.
  expect(apps).toBeGreaterThan(3)
})

/** How many apps were found there, each with all that would be written for it and all that is read for its checks. */
async function lookAt(folder: string): Promise<number> {
  const { apps } = await detect(folder)
  for (const app of apps) {
    const variables = { variables: [], dynamic: [], unread: [] }
    for (const target of ['process', 'docker'] as const) {
      const made = generateAll({ app, target, variables, schema: null, repository: null, registry: null })
      for (const file of made.flatMap(({ files }) => files)) stamped(file.content)
    }
  }
  const look = await openLook(folder, { now: 0 }).catch((error) => {
    if (error instanceof SluiceError && error.code === 'USAGE') return null
    throw error
  })
  if (look === null) return apps.length
  for (const { check } of allChecks()) {
    await check.concerns?.(look)
    await check.static?.(look)
    await check.platform?.(look)
  }
  return apps.length
}

function packagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) => (name.startsWith('@') ? packagesIn(join(folder, name)) : [join(folder, name)]))
}
