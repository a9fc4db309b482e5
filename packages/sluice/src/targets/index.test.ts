import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { targets } from './index.ts'

test.each(Object.entries(targets))('%s can be opened without anything being there', async (_, kind) => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-targets-'))
  const target = (await kind.load())({ root })
  expect(await target.observe('shop/production')).toMatchObject({ releases: {} })
  await target.close()
  await rm(root, { recursive: true, force: true })
})
