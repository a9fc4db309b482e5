import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryFolder } from '../runtime/world.fixture.ts'
import { runCommands, type UserCommand } from './run-commands.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder[Symbol.asyncDispose]())

function run(...commands: (UserCommand['command'] | UserCommand)[]) {
  const hooks = commands.map((one) =>
    typeof one === 'string' || Array.isArray(one) ? { command: one, timeoutMs: 10_000 } : one,
  )
  return runCommands(hooks, { folder: folder.path, env: { PATH: process.env.PATH!, GREETING: 'hello' } })
}

test('a command runs in the folder, with its variables and no others', async () => {
  const { ok, output } = await run('pwd; echo "$GREETING"; echo "[$HOME]"')
  expect({ ok, output }).toEqual({ ok: true, output: [folder.path, 'hello', '[]'] })
})

test('a command that fails says how, and what it printed', async () => {
  expect(await run('echo no such table >&2; exit 3')).toEqual({
    ok: false,
    message: '"echo no such table >&2; exit 3" ended with exit code 3',
    output: ['no such table'],
  })
})

test('the first that fails ends it', async () => {
  const { ok, output } = await run('echo one', 'echo two; false', 'echo three > file')
  expect({ ok, output }).toEqual({ ok: false, output: ['one', 'two'] })
  expect(existsSync(join(folder.path, 'file'))).toBe(false)
})

test('an argument vector meets no shell', async () => {
  const { output } = await run(['echo', '$GREETING', '; touch file'])
  expect(output).toEqual(['$GREETING ; touch file'])
  expect(existsSync(join(folder.path, 'file'))).toBe(false)
})

test('a command that cannot be started is said to be so', async () => {
  const { ok, message } = await run(['no-such-program'])
  expect(ok).toBe(false)
  expect(message).toMatch(/^"no-such-program" could not be started: .*ENOENT/)
})

test('a command that is too slow is ended with its children', async () => {
  const command = 'sleep 60 & echo $! > child; echo waiting; wait'
  const { ok, message, output } = await run({ command, timeoutMs: 2_000 })
  expect({ ok, output }).toEqual({ ok: false, output: ['waiting'] })
  expect(message).toMatch(/was not done after 2 s and was ended$/)
  const child = Number(readFileSync(join(folder.path, 'child'), 'utf8'))
  await expect.poll(() => isAlive(child), { timeout: 5_000 }).toBe(false)
})

test('a command that is too slow ends although something that fled its group holds its output open', async () => {
  const command = 'setsid sleep 60 & echo $! > child; wait'
  const since = performance.now()
  const { ok } = await run({ command, timeoutMs: 2_000 })
  expect(ok).toBe(false)
  expect(performance.now() - since).toBeLessThan(20_000)
  process.kill(Number(readFileSync(join(folder.path, 'child'), 'utf8')), 'SIGKILL')
})

test('a command that leaves something running is done when it is done itself', async () => {
  const since = performance.now()
  const { ok, output } = await run('sleep 60 & echo $! > child; echo started')
  expect({ ok, output }).toEqual({ ok: true, output: ['started'] })
  expect(performance.now() - since).toBeLessThan(20_000)
  process.kill(Number(readFileSync(join(folder.path, 'child'), 'utf8')), 'SIGKILL')
})

test('of a flood of output the last lines are kept', async () => {
  const { ok, output } = await run('i=0; while [ $i -lt 30000 ]; do echo "line $i äöü"; i=$((i+1)); done')
  expect(ok).toBe(true)
  expect(output).toHaveLength(20)
  expect(output.at(-1)).toBe('line 29999 äöü')
})

test('of one endless line the last part is kept', async () => {
  const { output } = await run("head -c 1000000 /dev/zero | tr '\\0' x")
  expect(output).toHaveLength(1)
  expect(output[0]!.length).toBeLessThanOrEqual(65_536)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
