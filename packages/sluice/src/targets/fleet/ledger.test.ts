import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { environmentFolder, instanceId, parseInstanceId } from './layout.ts'
import { Ledger } from './ledger.ts'

let home: string
let file: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sluice-ledger-'))
  file = join(home, 'environment.json')
})

afterEach(() => rm(home, { recursive: true, force: true }))

test('a fence is on disk before anything follows from it, and nothing half written is left', async () => {
  const ledger = await Ledger.open(file)
  await Promise.all([ledger.accept({ token: 1, effect: 2 }), ledger.accept({ token: 1, effect: 3 })])
  const other = await Ledger.open(file)
  await expect(other.accept({ token: 1, effect: 2 })).rejects.toMatchObject({ code: 'FENCED' })
  await other.accept({ token: 1, effect: 3 })
  expect(await readdir(home)).toEqual(['environment.json'])
})

test('a fence that could not be written is written when it comes again', async () => {
  const missing = join(home, 'later/environment.json')
  const ledger = await Ledger.open(missing)
  await expect(ledger.accept({ token: 1, effect: 1 })).rejects.toMatchObject({ code: 'STORE_FAILED' })
  await expect(ledger.accept({ token: 1, effect: 1 })).rejects.toMatchObject({ code: 'STORE_FAILED' })
})

test('what was damaged, or written by a newer Sluice, is refused by name', async () => {
  await writeFile(file, '{ "schema": 1, "fen')
  await expect(Ledger.open(file)).rejects.toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringContaining(file),
  })
  await writeFile(file, '{ "schema": 2 }')
  await expect(Ledger.open(file)).rejects.toMatchObject({ code: 'STATE_TOO_NEW' })
})

test('no name leads out of the root', () => {
  expect(environmentFolder('/root', 'shop/production')).toBe('/root/shop/production')
  for (const name of ['../x', 'shop/..', 'shop', 'shop/a/b', 'shop/.', '/etc/x', 'shop/\0']) {
    expect(() => environmentFolder('/root', name)).toThrow('cannot be used as the name of a folder')
  }
  expect(() => instanceId('../r1', 0, 1)).toThrow('cannot be used')
  expect(parseInstanceId(instanceId('r7', 10, 3))).toEqual({ release: 'r7', slot: 10, start: 3 })
})
