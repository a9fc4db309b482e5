import { expect, test } from 'vitest'
import { newBoot } from './birth.ts'
import { bootLength, proxyHome, workerFiles } from './home.ts'

test('refuses a home in which a socket could not be opened, and says by how much its path is too long', () => {
  expect(() => proxyHome(`/${'x'.repeat(80)}`)).toThrow(/may have 103 bytes/)
  expect(() => proxyHome(`/${'ü'.repeat(40)}`)).toThrow(/may have 103 bytes/)
})

test('takes a home whose longest socket path just fits', () => {
  const folder = `/${'x'.repeat(103 - '/workers/.sock'.length - bootLength - 1)}`
  const { socket } = workerFiles(proxyHome(folder), newBoot(Date.UTC(2026, 0, 1)))
  expect(socket.length).toBe(103)
})

test('gives later workers boot ids that sort later', () => {
  expect(newBoot(Date.UTC(2026, 0, 1)) < newBoot(Date.UTC(2026, 0, 1) + 1)).toBe(true)
})
