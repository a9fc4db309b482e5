import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeDurably, writeWhole } from './durable-file.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-host-'))
})
afterEach(() => rm(folder, { recursive: true }))

test.each([{ write: writeDurably }, { write: writeWhole }])(
  'replaces a file by $write.name, for our own eyes, and leaves nothing beside it',
  async ({ write }) => {
    const path = join(folder, 'page')
    await write(path, 'one')
    await write(path, 'two')
    expect(await readFile(path, 'utf8')).toBe('two')
    expect(await readdir(folder)).toEqual(['page'])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  },
)

test('says which file could not be written', async () => {
  const path = join(folder, 'missing', 'page')
  await expect(writeDurably(path, '')).rejects.toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringContaining(path),
  })
})
