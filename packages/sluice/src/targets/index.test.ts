import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { targets } from './index.ts'

test('every folder of a target is in the registry, and every target in the registry can be opened', async () => {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true })
  expect(Object.keys(targets)).toEqual(entries.filter((it) => it.isDirectory()).map(({ name }) => name))
  const root = await mkdtemp(join(tmpdir(), 'sluice-targets-'))
  for (const kind of Object.values(targets)) {
    const target = (await kind.load())({ root })
    expect(target.can.traffic).toMatch(/^(weighted|instances|replace)$/)
    await target.close()
    expect(Object.keys(await kind.loadArtifacts())).toEqual(['prepare', 'copy', 'remove'])
  }
  await rm(root, { recursive: true })
})
