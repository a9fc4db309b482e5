import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lastLines, readEnd } from './file-end.ts'

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-host-'))
  file = join(folder, 'log')
})
afterEach(() => rm(folder, { recursive: true }))

test('reads the last whole lines, and tells where they end', async () => {
  await writeFile(file, 'one\ntwo\r\nthree\nfo')
  expect(await readEnd(file, 2)).toEqual({ lines: ['two', 'three'], end: 15, rest: 'fo' })
  expect(await readEnd(file, 0)).toEqual({ lines: [], end: 15, rest: 'fo' })
})

test('counts what was never finished among the last lines of somebody who is gone', async () => {
  await writeFile(file, 'one\ntwo\nFATAL')
  expect(await lastLines(file, 2)).toEqual(['two', 'FATAL'])
  await writeFile(file, 'one\ntwo\nthree\n')
  expect(await lastLines(file, 2)).toEqual(['two', 'three'])
})

test('finds nothing where nothing is', async () => {
  expect(await lastLines(file, 2)).toEqual([])
  expect(await lastLines(folder, 2)).toEqual([])
  await writeFile(file, '')
  expect(await lastLines(file, 2)).toEqual([])
})
