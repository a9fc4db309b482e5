import { statSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { allProcesses, processOf } from '../../host/process-table.ts'
import { goodApp, hasFact, inLab, isReady, pidOf, until } from './test-world.fixture.ts'

/** Given up after some seconds, in which a busy machine starts a Node; so that a test need not wait for the usual 150 s. */
const impatient = { path: '/readyz', periodMs: 100, timeoutMs: 1_000, failures: 40 }

describe.concurrent('an app that', () => {
  test(
    'ignores PORT is told which port it really opened, and what to do',
    inLab(async (lab) => {
      const script = `const s = require('node:http').createServer(); s.listen(0, '127.0.0.1', () => console.log('listening on ' + s.address().port))`
      await lab.start(script, { startup: impatient })
      const { facts, exitsBeforeReady } = await lab.seen(hasFact)
      const [fact] = facts
      const opened = fact!.details.join('\n').match(/listening on (\d+)/)![1]
      expect(fact).toMatchObject({ kind: 'neverReady', wasReady: false })
      expect(fact!.message).toMatch(
        /wanted GET http:\/\/127\.0\.0\.1:\d+\/readyz to answer 2xx or 3xx within 4 s of start/,
      )
      expect(fact!.message).toMatch(/found connection refused, \d+ times; the process is alive \(pid \d+\)/)
      expect(fact!.message).toContain(`listens on 127.0.0.1:${opened}, not on 127.0.0.1:`)
      expect(fact!.todo).toBe(`Listen on process.env.PORT, or set run.port: ${opened} in sluice.yaml.`)
      expect(exitsBeforeReady).toBe(0)
    }),
  )

  test(
    'exits at once is shown with its code and its last words, and started again after a growing pause',
    inLab(async (lab) => {
      await lab.start(`console.log('hello'); console.error('no database'); process.exit(3)`)
      const { facts, exitsBeforeReady, exitsAfterReady, instances } = await lab.seen(
        (it) => it.exitsBeforeReady >= 3,
      )
      expect(facts[0]!.message).toMatch(/exited with code 3 [\d.]+ s after its start, before it was ready/)
      expect(facts[0]!.details).toContain('  no database')
      expect(facts[0]!.details).toContain('  hello')
      expect(facts.slice(0, 3).map(({ instance }) => instance)).toEqual(['r1-0-1', 'r1-0-2', 'r1-0-3'])
      // 100 ms, then 200 ms.
      expect(facts[1]!.at - facts[0]!.at).toBeGreaterThanOrEqual(100)
      expect(facts[2]!.at - facts[1]!.at).toBeGreaterThanOrEqual(200)
      expect([exitsBeforeReady, exitsAfterReady]).toEqual([3, 0])
      expect(instances).toHaveLength(1)
    }),
  )

  test(
    'has a command that is not there says so',
    inLab(async (lab) => {
      await lab.start('', { command: ['no-such-program', 'x'] })
      const { facts } = await lab.seen(hasFact)
      expect(facts[0]!.message).toContain('exited with code 127')
      expect(facts[0]!.todo).toContain('"no-such-program x"')
    }),
  )

  test(
    'runs out of memory is told so, without the frames of its engine',
    inLab(async (lab) => {
      const frames = Array.from(
        { length: 20 },
        (_, i) => `${i}: 0x75968e node::OOMErrorHandler(char const*) [node]`,
      )
      const words = ['FATAL ERROR: Reached heap limit - JavaScript heap out of memory', ...frames]
      await lab.start(`console.error(${JSON.stringify(words.join('\n'))}); process.exit(134)`)
      const { facts } = await lab.seen(hasFact)
      expect(facts[0]).toMatchObject({ kind: 'outOfMemory', todo: expect.stringContaining('more memory') })
      expect(facts[0]!.details).toEqual(['last lines of r1-0-1, stderr:', `  ${words[0]}`])
    }),
  )

  test(
    'answers 503 for ever is shown with what it said, ended and started again',
    inLab(async (lab) => {
      const script = `require('node:http').createServer((_, a) => { a.statusCode = 503; a.end('database is away') }).listen(process.env.PORT, '127.0.0.1')`
      await lab.start(script, { startup: impatient, graceMs: 100 })
      const { facts } = await lab.seen(({ instances }) => instances[0]?.id === 'r1-0-2')
      expect(facts).toHaveLength(1)
      expect(facts[0]!.message).toContain('found 503: database is away')
    }),
  )

  test(
    'becomes ready and then dies is counted as that, and is back soon',
    inLab(async (lab) => {
      const script = `require('node:http').createServer((q, a) => { if (q.url === '/die') { console.error('boom'); process.exit(1) }; a.end() }).listen(process.env.PORT, '127.0.0.1')`
      await lab.start(script)
      const [ready] = (await lab.seen(isReady)).instances
      await fetch(`http://127.0.0.1:${ready!.address!.port}/die`).catch(() => {})
      const { facts, exitsBeforeReady } = await lab.seen((it) => it.exitsAfterReady === 1)
      expect(exitsBeforeReady).toBe(0)
      expect(facts[0]).toMatchObject({ kind: 'exited', wasReady: true, instance: 'r1-0-1' })
      expect(facts[0]!.message).toMatch(/after it became ready$/)
      const again = await lab.seen(
        ({ instances }) => instances[0]?.id === 'r1-0-2' && instances[0].state === 'ready',
      )
      expect(again.instances).toHaveLength(1)
    }),
  )

  test(
    'ignores SIGTERM is killed when its grace is over, and not before',
    inLab(async (lab) => {
      const script = `process.on('SIGTERM', () => console.log('no')); ${goodApp}`
      const spec = await lab.start(script, { graceMs: 500 })
      const pid = pidOf(await lab.seen(isReady))
      const began = performance.now()
      await lab.scale(spec, 0)
      expect(performance.now() - began).toBeGreaterThan(450)
      expect(processOf(pid)).toBeNull()
    }),
  )

  test(
    'finishes on SIGTERM has all its grace to do so',
    inLab(async (lab) => {
      const script = `${goodApp}; process.on('SIGTERM', () => setTimeout(() => { console.log('finished'); process.exit(0) }, 300))`
      const spec = await lab.start(script, { graceMs: 10_000 })
      await lab.seen(isReady)
      await lab.scale(spec, 0)
      expect(await lab.stdout()).toContain('finished')
    }),
  )

  test(
    'forks children that outlive it leaves none of them behind',
    inLab(async (lab) => {
      const child = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`
      const script = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'ignore' }); ${goodApp}`
      const spec = await lab.start(script, { graceMs: 300 })
      const leader = pidOf(await lab.seen(isReady))
      const family = async () => (await allProcesses()).filter((row) => row.group === leader && !row.isZombie)
      expect(await family()).toHaveLength(2)
      await lab.scale(spec, 0)
      expect(await family()).toEqual([])
    }),
  )

  test(
    'dies and leaves a child that holds on is rid of it before it is started again',
    inLab(async (lab) => {
      const child = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`
      const script = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'ignore' }); setTimeout(() => process.exit(1), 300)`
      await lab.start(script, { graceMs: 100 })
      const leader = pidOf(await lab.seen(({ instances }) => instances.length > 0))
      await lab.seen(({ instances }) => instances[0]?.id === 'r1-0-2')
      expect((await allProcesses()).filter((row) => row.group === leader && !row.isZombie)).toEqual([])
    }),
  )

  test(
    'prints megabytes does not fill the disk',
    { timeout: 60_000 },
    inLab(async (lab) => {
      const script = `const line = 'x'.repeat(1023) + '\\n'; const chunk = line.repeat(1024); let n = 0
      ;(function more() { if (n++ < 96) require('node:fs').writeSync(1, chunk); else return; setImmediate(more) })(); ${goodApp}`
      await lab.start(script)
      await lab.seen(isReady)
      const folder = lab.world.instanceFolder('r1-0-1')
      await until(async () => (await readdir(folder)).includes('stdout.log.1'), 20_000)
      await until(async () => (await diskUse(folder)) <= 3 * 20 * 1024 * 1024, 20_000)
    }),
  )

  test.runIf(hasIpv6())(
    'listens on ::1 only is told that this is why',
    inLab(async (lab) => {
      await lab.start(
        `require('node:http').createServer((_, a) => a.end()).listen(process.env.PORT, '::1')`,
        {
          startup: impatient,
        },
      )
      const { facts } = await lab.seen(hasFact)
      expect(facts[0]!.message).toMatch(/listens on \[::1\]:(\d+), not on 127\.0\.0\.1:\1/)
      expect(facts[0]!.todo).toContain('::1 alone is not reached from there')
    }),
  )

  test(
    'opens no port at all is told so',
    inLab(async (lab) => {
      await lab.start('setInterval(() => {}, 1000)', { startup: impatient })
      const { facts } = await lab.seen(hasFact)
      expect(facts[0]!.message).toContain('listens on no TCP port')
      expect(facts[0]!.details).toEqual(['r1-0-1 printed nothing'])
    }),
  )

  test(
    'stops being ready loses its traffic, keeps its process, and is back when it can',
    inLab(async (lab) => {
      const script = `const fs = require('node:fs'); require('node:http').createServer((q, a) => { if (q.url === '/readyz' && fs.existsSync(process.env.FLAG)) a.statusCode = 503; a.end() }).listen(process.env.PORT, '127.0.0.1')`
      const flag = join(lab.world.home, 'away')
      await lab.start(script, { env: { FLAG: flag } })
      const before = await lab.seen(isReady)
      await writeFile(flag, '')
      const { facts } = await lab.seen((it) => it.instances[0]?.state === 'unready' && hasFact(it))
      expect(facts[0]).toMatchObject({ kind: 'notReady', wasReady: true })
      await rm(flag)
      const after = await lab.seen(isReady)
      expect(after.instances[0]!.handle).toBe(before.instances[0]!.handle)
      expect(after.exitsAfterReady).toBe(0)
    }),
  )

  test(
    'is not alive any more is ended and started again',
    inLab(async (lab) => {
      const script = `let n = 0; require('node:http').createServer((q, a) => { if (q.url === '/livez') { n++; a.statusCode = 500 }; a.end() }).listen(process.env.PORT, '127.0.0.1')`
      await lab.start(script, { liveness: { path: '/livez', periodMs: 50, timeoutMs: 500, failures: 2 } })
      const { facts, exitsAfterReady } = await lab.seen(({ instances }) => instances[0]?.id === 'r1-0-2')
      expect(facts[0]).toMatchObject({ kind: 'notAlive', wasReady: true })
      expect(facts[0]!.message).toContain('/livez')
      expect(exitsAfterReady).toBe(1)
    }),
  )
})

async function diskUse(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(
    (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((its) => its?.some(({ address }) => address === '::1'))
}
