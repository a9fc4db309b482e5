import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { identify, isAlive, ownIdentity, presenceOf, signalProcess } from './process-identity.ts'

test('knows itself, and not a process that had its pid before', () => {
  expect(isAlive(ownIdentity())).toBe(true)
  expect(isAlive({ ...ownIdentity(), born: 'another' })).toBe(false)
  expect(presenceOf({ ...ownIdentity(), born: 'another' })).toBe('replaced')
  expect(presenceOf({ ...ownIdentity(), boot: 'another' })).toBe('replaced')
})

test('signals the process that is meant, and no successor to its pid', async () => {
  const child = spawn('sleep', ['30'])
  const identity = identify(child.pid!)!
  expect(signalProcess({ ...identity, born: 'another' }, 'SIGKILL')).toBe(false)
  expect(isAlive(identity)).toBe(true)
  expect(signalProcess(identity, 'SIGKILL')).toBe(true)
  await once(child, 'exit')
  expect(presenceOf(identity)).toBe('ended')
})

test.runIf(process.platform === 'linux')('takes a process that nobody has reaped for dead', async () => {
  // The shell becomes a sleep that never waits for its child.
  const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 30'])
  const [line] = await once(parent.stdout, 'data')
  const zombie = Number(String(line))
  try {
    await expect.poll(() => identify(zombie), { timeout: 5000 }).toBeNull()
    expect(() => process.kill(zombie, 0)).not.toThrow()
  } finally {
    parent.kill('SIGKILL')
  }
})
