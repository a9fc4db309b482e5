import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sizeOf } from '../../host/rotated-file.ts'
import { systemClock } from '../fleet/clock.ts'
import type { LogLine } from '../target.ts'
import { rotate } from './log-files.ts'
import { readLogs } from './logs.ts'
import { until } from './test-world.fixture.ts'

let instances: string

beforeEach(async () => {
  instances = await mkdtemp(join(tmpdir(), 'sluice-logs-'))
})

afterEach(() => rm(instances, { recursive: true, force: true }))

async function print(id: string, text: string, file = 'stdout.log'): Promise<void> {
  await mkdir(join(instances, id), { recursive: true })
  await appendFile(join(instances, id, file), text)
}

const shown = ({ instance, stream, line }: LogLine) => `${instance} ${stream} ${line}`

async function last(lines: number, release?: string): Promise<string[]> {
  const options = release === undefined ? { lines } : { lines, release }
  const found: string[] = []
  for await (const line of readLogs(instances, options, systemClock)) found.push(shown(line))
  return found
}

/** Follows until `stop`, collecting into `lines`. */
function follow(lines: number) {
  const stop = new AbortController()
  const found: string[] = []
  const done = (async () => {
    const options = { lines, follow: stop.signal }
    for await (const line of readLogs(instances, options, systemClock)) found.push(shown(line))
  })()
  return {
    found,
    stop() {
      stop.abort()
      return done
    },
  }
}

test('shows the last lines of each slot and stream, over rotated files and former starts', async () => {
  await print('r1-0-1', 'a\nb\n')
  await print('r1-0-2', 'c\n', 'stdout.log.1')
  await print('r1-0-2', 'd\ne\n')
  await print('r1-0-2', 'oops\n', 'stderr.log')
  await print('r1-1-1', 'x\n')
  await print('r2-0-1', 'y\n')
  expect(await last(4, 'r1')).toEqual([
    'r1-0-1 stdout b',
    'r1-0-2 stdout c',
    'r1-0-2 stdout d',
    'r1-0-2 stdout e',
    'r1-0-2 stderr oops',
    'r1-1-1 stdout x',
  ])
  expect(await last(1)).toEqual([
    'r1-0-2 stdout e',
    'r1-0-2 stderr oops',
    'r1-1-1 stdout x',
    'r2-0-1 stdout y',
  ])
})

test('shows the end of a long log without reading all of it', async () => {
  const lines = Array.from({ length: 50_000 }, (_, i) => `line ${i} ${'x'.repeat(20)}`)
  await print('r1-0-1', `${lines.join('\n')}\n`)
  const found = await last(2_000)
  expect(found).toHaveLength(2_000)
  expect(found[0]).toBe(`r1-0-1 stdout ${lines[48_000]}`)
})

test('follows what is printed afterwards, in whole lines, and new instances too', async () => {
  await print('r1-0-1', 'old\nhal')
  const { found, stop } = follow(1)
  await until(() => found.length === 1)
  await print('r1-0-1', 'f ü'.slice(0, 3))
  await print('r1-0-1', '\nnext\n')
  await print('r1-1-1', 'born\n')
  await until(() => found.length === 4)
  await stop()
  expect(found).toEqual([
    'r1-0-1 stdout old',
    'r1-0-1 stdout half ü',
    'r1-0-1 stdout next',
    'r1-1-1 stdout born',
  ])
})

test('loses no line when a log is rotated while it is followed', async () => {
  await print('r1-0-1', 'one\n')
  const { found, stop } = follow(10)
  await until(() => found.length === 1)
  await print('r1-0-1', 'two\nthr')
  await rotate(join(instances, 'r1-0-1'), 10)
  await print('r1-0-1', 'ee\n')
  await until(() => found.length === 3)
  await stop()
  expect(found.map((line) => line.split(' ')[2])).toEqual(['one', 'two', 'three'])
})

test('keeps three files of each log, and of a flood only the end', async () => {
  const folder = join(instances, 'r1-0-1')
  for (const letter of 'abcd') {
    await print('r1-0-1', letter.repeat(12))
    expect(await rotate(folder, 10)).toBe(true)
  }
  await print('r1-0-1', 'e')
  expect(await rotate(folder, 10)).toBe(false)
  const files = ['stdout.log', 'stdout.log.1', 'stdout.log.2'].map((name) =>
    readFile(join(folder, name), 'utf8'),
  )
  expect(await Promise.all(files)).toEqual(['e', 'd'.repeat(12), 'c'.repeat(12)])
  expect(sizeOf(join(folder, 'stdout.log.3'))).toBe(0)
  await writeFile(join(folder, 'stdout.log'), `${'x'.repeat(100)}0123456789`)
  await rotate(folder, 10)
  expect(await readFile(join(folder, 'stdout.log.1'), 'utf8')).toBe('0123456789')
})

test('a log without line ends is not read for ever', async () => {
  await print('r1-0-1', 'x'.repeat(300_000))
  expect(await last(2)).toEqual([])
  const { found, stop } = follow(1)
  await print('r1-0-1', 'y'.repeat(100_000))
  await until(() => found.length === 1)
  await stop()
})
