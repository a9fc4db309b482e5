import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sizeOf } from '../../host/rotated-file.ts'
import { keepShort } from './short-logs.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sl-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

it('keeps three files of each log, rotated as they grow, and touches no other', async () => {
  const [agent, proxy] = [join(home, 'agent.log'), join(home, 'proxy.log')]
  let look = () => {}
  const clock = {
    now: () => 0,
    at(_: number, run: () => void) {
      look = run
      return () => {
        look = () => {}
      }
    },
  }
  await appendFile(agent, 'a'.repeat(12))
  await appendFile(proxy, 'short')
  const kept = keepShort([agent, proxy, join(home, 'none.log')], { clock, limitBytes: 10 })
  await expect.poll(() => sizeOf(agent), { timeout: 10_000 }).toBe(0)
  for (const letter of 'bcd') {
    await appendFile(agent, letter.repeat(12))
    look()
    await expect.poll(() => sizeOf(agent), { timeout: 10_000 }).toBe(0)
  }
  kept.close()
  const texts = await Promise.all(['.1', '.2'].map((age) => readFile(agent + age, 'utf8')))
  expect(texts).toEqual(['d'.repeat(12), 'c'.repeat(12)])
  expect(sizeOf(`${agent}.3`)).toBe(0)
  expect(await readFile(proxy, 'utf8')).toBe('short')
})
