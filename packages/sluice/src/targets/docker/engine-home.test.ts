import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { homeOn } from './engine-home.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-engine-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const engine = (id: string, address: string) => ({
  address,
  about: async () => ({ id, address, os: 'linux', architecture: 'amd64', version: '28' }),
})

test('is the same home on the same engine, wherever that is reached now', async () => {
  const first = await homeOn(root, engine('A', 'unix:///one.sock'))()
  expect(await homeOn(root, engine('A', 'tcp://10.0.0.1:2376'))()).toBe(first)
})

test('refuses an engine that has none of our containers, and says which one has them', async () => {
  await homeOn(root, engine('A', 'unix:///one.sock'))()
  const other = homeOn(root, engine('B', 'unix:///two.sock'))
  await expect(other()).rejects.toMatchObject({
    code: 'ENGINE_REFUSED',
    message: expect.stringMatching(/at unix:\/\/\/one\.sock.*at unix:\/\/\/two\.sock is another one/),
    todo: expect.stringContaining(join(root, 'engine.json')),
  })
  await rm(join(root, 'engine.json'))
  await other()
  expect(await readdir(root)).toContain('engine.json')
})
