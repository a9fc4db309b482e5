import { expect, test } from 'vitest'
import { openShared } from './proxy.fixture.ts'
import { Replay } from './replay.ts'

test('keeps what fits and repeats it behind a head', () => {
  const replay = new Replay(openShared({ replayBytes: 10 }))
  expect(replay.keep(Buffer.from('hello '))).toBe(true)
  expect(replay.keep(Buffer.from('you'))).toBe(true)
  expect(replay.after('HEAD ').toString()).toBe('HEAD hello you')
  expect(replay.keep(Buffer.from('!!'))).toBe(false)
})

test('all requests together keep no more than the worker may, and what one drops another may keep', () => {
  const shared = openShared({ replayBytes: 10, replayBytesInAll: 15 })
  const [one, two] = [new Replay(shared), new Replay(shared)]
  expect(one.keep(Buffer.alloc(10))).toBe(true)
  expect(two.keep(Buffer.alloc(10))).toBe(false)
  two.drop()
  one.drop()
  expect(new Replay(shared).keep(Buffer.alloc(10))).toBe(true)
})
