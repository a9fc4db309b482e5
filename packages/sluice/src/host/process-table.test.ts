import { expect, test } from 'vitest'
import { allProcesses, parsePs, parseStat, processOf } from './process-table.ts'

test('reads a process whose name has brackets and blanks', () => {
  const rest = '1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 1000 1'
  expect(parseStat(`42 (a) S (b) Z ${rest}`)).toEqual({
    pid: 42,
    parent: 1,
    group: 42,
    isZombie: true,
    born: '12345',
  })
  expect(parseStat('')).toBeNull()
})

test('does not take a process for gone while its other threads go on', () => {
  const line = (threads: number) => `42 (a) Z 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 ${threads} 0 12345`
  expect(parseStat(line(2))?.isZombie).toBe(false)
  expect(parseStat(line(1))?.isZombie).toBe(true)
})

test('reads processes as ps writes them', () => {
  const printed =
    '   42     1    42 Z    Thu Jan  1 00:00:07 1970\n  143    42    42 Ss+  Thu Jan  1 00:00:08 1970\n'
  expect(parsePs(printed)).toEqual([
    { pid: 42, parent: 1, group: 42, isZombie: true, born: 'Thu Jan  1 00:00:07 1970' },
    { pid: 143, parent: 42, group: 42, isZombie: false, born: 'Thu Jan  1 00:00:08 1970' },
  ])
})

test('finds this process and its parent among all', async () => {
  const pids = (await allProcesses()).map(({ pid }) => pid)
  expect(pids).toEqual(expect.arrayContaining([process.pid, process.ppid]))
  expect(processOf(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid, isZombie: false })
})
