import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkHome, makeHome } from './make-home.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sl-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('makes the home and what is above it for its owner alone, and does nothing the second time', () => {
  const home = join(folder, 'a', 'b')
  makeHome(home)
  makeHome(home)
  expect(statSync(home).mode & 0o777).toBe(0o700)
})

it('refuses a home that is a file, or below one', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(() => checkHome(file)).toThrow(`${file} is not a folder`)
  expect(() => makeHome(join(file, 'home'))).toThrow('SLUICE_HOME wants a folder of yours')
})

it('refuses a home whose path is too long for a socket, and says how long it may be', () => {
  expect(() => checkHome(join(folder, 'x'.repeat(100)))).toThrow(
    'too long for the sockets in it (103 bytes at most)',
  )
})

it.runIf(process.platform === 'linux')(
  'answers where no folder can be made, instead of trying for ever',
  () => {
    expect(() => makeHome('/proc/nope/home')).toThrow('cannot be made')
  },
)
