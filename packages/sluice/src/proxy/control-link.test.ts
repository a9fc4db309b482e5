import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SluiceError } from '../errors.ts'
import { type ControlLink, openControlLink } from './control-link.ts'
import { type ControlServer, serveControl } from './control-server.ts'

interface Echo {
  say: { params: { word: string }; result: { word: string } }
  refuse: { params: Record<string, never>; result: never }
  never: { params: Record<string, never>; result: never }
}

let folder: string
let server: ControlServer
let link: ControlLink<Echo>
const path = () => join(folder, 'echo.sock')

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'proxy-test-'))
  server = await serveControl<Echo>(path(), {
    say: ({ word }) => ({ word }),
    refuse: () => {
      throw new SluiceError('FENCED', 'too old', { todo: 'ask again' })
    },
    never: () => new Promise(() => {}),
  })
  link = await openControlLink<Echo>(path())
})

afterEach(async () => {
  link.close()
  await server.close()
  rmSync(folder, { recursive: true })
})

test('answers each of many calls at once with its own result', async () => {
  const words = ['a', 'ü'.repeat(100_000), 'line\nbreak', '😀']
  const answers = await Promise.all(words.map((word) => link.call('say', { word }, 5000)))
  expect(answers).toEqual(words.map((word) => ({ word })))
})

test('throws on this side what was thrown on the other', async () => {
  await expect(link.call('refuse', {}, 5000)).rejects.toMatchObject({ code: 'FENCED', todo: 'ask again' })
})

test('says which methods there are when asked for one that there is not', async () => {
  const wrong = link.call('shout' as 'say', { word: 'a' }, 5000)
  await expect(wrong).rejects.toThrow('no control method "shout"; known are: say, refuse, never')
})

test('gives up a call that is not answered in its time, and goes on', async () => {
  await expect(link.call('never', {}, 30)).rejects.toMatchObject({ code: 'TIMED_OUT' })
  expect(await link.call('say', { word: 'still here' }, 5000)).toEqual({ word: 'still here' })
})

test('fails the calls that wait when the other side goes away', async () => {
  const waiting = expect(link.call('never', {}, 5000)).rejects.toMatchObject({ code: 'PROXY_UNREACHABLE' })
  await server.close()
  await waiting
  expect(link.isOpen).toBe(false)
})

test.each(['GET / HTTP/1.1', 'null', '"x"', '7'])('drops a connection that says %s', async (line) => {
  const stranger = connect(path())
  const closed = new Promise((resolve) => stranger.on('close', resolve))
  stranger.on('error', () => {})
  stranger.write(`${line}\r\n`)
  await closed
  expect(await link.call('say', { word: 'alive' }, 5000)).toEqual({ word: 'alive' })
})

test('opens its socket to its owner alone', () => {
  expect(statSync(path()).mode & 0o777).toBe(0o600)
})
