import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeLock } from './folder-lock.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxy-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('is had by one process at a time, and free again the moment its holder is killed', async () => {
  const path = join(folder, 'lock')
  const source = `import { takeLock } from ${JSON.stringify(join(import.meta.dirname, 'folder-lock.ts'))}
    console.log(takeLock(${JSON.stringify(path)}) !== null); setTimeout(() => {}, 30_000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', source])
  const [line] = await once(holder.stdout, 'data')
  expect(String(line)).toBe('true\n')
  expect(takeLock(path)).toBeNull()

  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const lock = takeLock(path)
  expect(lock).not.toBeNull()
  lock?.release()
})
