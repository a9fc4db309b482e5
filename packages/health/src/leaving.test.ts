import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

/** A second is too short for a busy machine. */
const soon = { timeout: 10_000 }

const fixture = fileURLToPath(new URL('leaving.fixture.ts', import.meta.url))

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

async function start(delayMs: number) {
  const child = spawn(process.execPath, [fixture, String(delayMs)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  children.push(child)
  const lines: string[] = []
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line))
  const said = text(child.stderr!)
  // When all that it has said is read, too.
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  await expect.poll(() => lines.join(), { timeout: 20_000 }).toContain('port ')
  const origin = `http://127.0.0.1:${lines[0]!.split(' ')[1]}`
  const slow = fetch(`${origin}/slow`).then((response) => response.text())
  slow.catch(() => {})
  await expect.poll(() => lines.at(-1), soon).toBe('slow request')
  return { child, lines, said, exited, slow, ask: (path: string) => fetch(`${origin}${path}`) }
}

test('finishes a slow request after SIGTERM, is not ready meanwhile, and exits with 0 within the grace', async () => {
  const { child, lines, exited, slow, ask } = await start(4000)
  expect((await ask('/readyz')).status).toBe(200)
  child.kill('SIGTERM')
  await expect.poll(async () => (await ask('/readyz')).status, { ...soon, interval: 5 }).toBe(503)
  expect((await ask('/livez')).status).toBe(200)
  const refused = () =>
    ask('/readyz').then(
      ({ status }) => status,
      (error) => error.cause.code,
    )
  await expect.poll(refused, { timeout: 20_000 }).toBe('ECONNREFUSED')
  child.send('finish')
  expect(await slow).toBe('slow and complete')
  expect(await exited).toEqual({ code: 0, signal: null })
  expect(lines.slice(2, 4)).toEqual(['closed queue', 'closed database'])
  expect(JSON.parse(lines[4]!)).toMatchObject({
    outcome: 'drained',
    inFlightAtStart: 1,
    accepted: 0,
    finished: 1,
    cut: 0,
  })
})

test('ends at once on a second signal, with 75 and a line about what it cut', async () => {
  const { child, lines, said, exited, slow, ask } = await start(60_000)
  child.kill('SIGTERM')
  await expect.poll(async () => (await ask('/readyz')).status, { ...soon, interval: 5 }).toBe(503)
  child.kill('SIGTERM')
  expect(await exited).toEqual({ code: 75, signal: null })
  await expect(slow).rejects.toThrow()
  expect(await said).toBe(
    'health: second signal, SIGTERM: requests cut: 1, streams cut: 0, not closed: database, queue\n',
  )
  await expect.poll(() => lines.length, soon).toBe(3)
  expect(JSON.parse(lines[2]!)).toMatchObject({ outcome: 'cut', inFlightAtStart: 1, finished: 0, cut: 1 })
})
