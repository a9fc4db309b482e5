import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ownIdentity } from '../host/process-identity.ts'
import { type GuardedPid, guard } from './guard.ts'
import { until } from './processes.fixture.ts'

let folder: string
let letGo: (() => void)[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxy-test-'))
  letGo = []
})

afterEach(() => {
  for (const end of letGo) end()
  rmSync(folder, { recursive: true })
})

/** Guards a process whose start writes a line into the file that is returned. */
function guarded(name: string, pid: GuardedPid | null): string {
  const pidFile = join(folder, `${name}.pid`)
  const starts = join(folder, `${name}.starts`)
  if (pid !== null) writeFileSync(pidFile, JSON.stringify(pid))
  const command = ['sh', '-c', `echo started >> ${starts}`]
  letGo.push(guard({ command, pidFile, log: join(folder, 'log'), cwd: folder }))
  return starts
}

const gone: GuardedPid = { pid: process.pid, boot: 'an earlier one', born: 'before us' }

test('starts only a process again that is gone without having been told to end', async () => {
  const alive = guarded('alive', ownIdentity())
  const stopped = guarded('stopped', { ...gone, stopped: true })
  const never = guarded('never', null)
  const lost = guarded('lost', gone)
  // It looks at all of them in this order, so the last one's start comes after a look at the others.
  await until(() => existsSync(lost))
  expect([alive, stopped, never].map((starts) => existsSync(starts))).toEqual([false, false, false])
})

test('waits longer after each start that did not help', async () => {
  const from = performance.now()
  const starts = guarded('lost', gone)
  const count = () => (existsSync(starts) ? readFileSync(starts, 'utf8').split('\n').length - 1 : 0)
  await until(() => count() >= 4)
  // 200 ms until the first look, then 200, 400 and 800: a busy machine can only make it longer. Always 200 would be 800.
  expect(performance.now() - from).toBeGreaterThan(1_500)
})
