import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { pass } from '../../checks/check.ts'
import { openFiles } from '../../checks/look/files.ts'
import { lookAt } from '../../checks/look.fixture.ts'
import { temporaryFolder } from '../../runtime/world.fixture.ts'
import { keepRecords, recordsFor } from './records.ts'

const day = 86_400_000
const holds = pass('it holds', [{ says: 'seen' }])

async function world() {
  const home = await temporaryFolder()
  onTestFinished(() => home[Symbol.asyncDispose]())
  const { files } = await lookAt({})
  const keep = (now: number, tried: Record<string, object>) =>
    recordsFor(home.path, files.root, { treeHash: files.treeHash, now }).then((before) =>
      keepRecords(home.path, files.root, { treeHash: files.treeHash(), now, tried, before }),
    )
  const found = async (now: number) => {
    const { treeHash } = await openFiles(files.root)
    return recordsFor(home.path, files.root, { treeHash, now })
  }
  return { folder: files.root, keep, found }
}

it('knows what was tried on the very same files, also by several runs', async () => {
  const { keep, found } = await world()
  await keep(0, { 'APP-01': { executed: holds } })
  await keep(day, { 'APP-08': { probe: holds }, 'APP-01': { probe: holds } })
  expect(await found(2 * day)).toEqual({
    'APP-01': { at: day, answers: { executed: holds, probe: holds } },
    'APP-08': { at: day, answers: { probe: holds } },
  })
})

it('knows nothing any more when a file has changed', async () => {
  const { folder, keep, found } = await world()
  await keep(0, { 'APP-01': { executed: holds } })
  await writeFile(join(folder, 'server.js'), '// another one\n')
  expect(await found(day)).toEqual({})
})

it('knows nothing any more after a week', async () => {
  const { keep, found } = await world()
  await keep(0, { 'APP-01': { executed: holds } })
  expect(Object.keys(await found(7 * day - 1))).toEqual(['APP-01'])
  expect(await found(7 * day)).toEqual({})
})
