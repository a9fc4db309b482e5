import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { nameFrom, previewName } from './preview-name.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-name-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

it.each([
  ['pr-12', 'pr-12'],
  ['preview-pr-12', 'pr-12'],
  ['feature/Log-in_Page', 'feature-log-in-page'],
  ['--a..b//c--', 'a-b-c'],
  ['Ärger', 'rger'],
  ['a'.repeat(32), 'a'.repeat(32)],
])('%s names the preview %s', async (given, name) => {
  expect(await previewName(given, folder)).toBe(name)
})

it('keeps long names apart that begin alike', () => {
  const names = ['one', 'two'].map((end) =>
    nameFrom(`feature/everything-that-we-have-wanted-for-years-${end}`),
  )
  expect(new Set(names).size).toBe(2)
  for (const name of names) expect(name).toMatch(/^feature-everything-that-w-[0-9a-f]{6}$/)
})

it('takes the branch where no name is given, and asks for one where there is none', async () => {
  await expect(previewName(undefined, folder)).rejects.toMatchObject({
    code: 'USAGE',
    todo: expect.stringContaining('--name'),
  })
  execFileSync('git', ['init', '--quiet', '--initial-branch', 'Fix/the thing'.replace(' ', '-'), folder])
  expect(await previewName(undefined, folder)).toBe('fix-the-thing')
})

it('asks for another name where nothing of it is left', async () => {
  await expect(previewName('///', folder)).rejects.toThrow('"///" has no letter or digit')
})
