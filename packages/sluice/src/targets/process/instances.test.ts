import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../errors.ts'
import { processOf } from '../../host/process-table.ts'
import { createRecord } from '../fleet/instance-record.ts'
import { parseInstanceId } from '../fleet/layout.ts'
import { launch } from './launcher.ts'
import { Ports } from './ports.ts'
import {
  ENVIRONMENT,
  goodApp,
  hasFact,
  inLab,
  isReady,
  pidOf,
  until,
  untilObserved,
} from './test-world.fixture.ts'

describe.concurrent('an instance', () => {
  test(
    'gets an allow-listed environment, and not the secrets of whoever started Sluice',
    inLab(async (lab) => {
      lab.world.env.AWS_SECRET_ACCESS_KEY = 'do-not-tell'
      lab.world.env.LC_TIME = 'C.UTF-8'
      const secret = join(lab.world.home, 'secret')
      await writeFile(secret, 'hunter2\n')
      await lab.start(`console.log(JSON.stringify(process.env)); ${goodApp}`, {
        env: { LOG_LEVEL: 'info', PASSWORD: { file: secret }, PORT: '1', NODE_ENV: 'test' },
      })
      const { instances } = await lab.seen(isReady)
      const printed = JSON.parse(await lab.stdout())
      expect(printed).toMatchObject({
        LOG_LEVEL: 'info',
        PASSWORD: 'hunter2',
        PORT: String(instances[0]!.address!.port),
        HOST: '127.0.0.1',
        NODE_ENV: 'test',
        LC_TIME: 'C.UTF-8',
        SLUICE_APP: 'shop',
        SLUICE_ENVIRONMENT: 'production',
        SLUICE_RELEASE: 'r1',
        SLUICE_INSTANCE: 'r1-0-1',
      })
      expect(printed).not.toHaveProperty('AWS_SECRET_ACCESS_KEY')
      expect(Object.keys(printed).filter((name) => name.startsWith('VITEST'))).toEqual([])
    }),
  )

  test(
    'whose secret cannot be read is not started, and the message names the variable and not a value',
    inLab(async (lab) => {
      const spec = await lab.world.release('r1', goodApp, {
        env: { PASSWORD: { file: '/nowhere/password' } },
      })
      const error = await lab.scale(spec, 1).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(SluiceError)
      expect(error).toMatchObject({
        code: 'SECRET_UNREADABLE',
        message: 'PASSWORD should come from /nowhere/password, which cannot be read (ENOENT)',
      })
    }),
  )

  test(
    'runs a command line in a shell, and words without one',
    inLab(async (lab) => {
      await lab.start('', { command: `echo "$SLUICE_APP; done" && exec ${process.execPath} app.cjs` })
      await lab.seen(hasFact)
      expect(await lab.stdout()).toBe('shop; done\n')
      const words = await lab.world.release('r2', `console.log(process.argv[2]); ${goodApp}`, {
        command: [process.execPath, 'app.cjs', '$HOME; `id` "'],
      })
      await lab.scale(words, 1)
      await untilObserved(lab.target, 'r2', isReady)
      expect(await lab.stdout('r2-0-1')).toBe('$HOME; `id` "\n')
    }),
  )

  test(
    'with a port of its own runs once, and says who has the port',
    inLab(async (lab) => {
      const holder = createServer().listen(0, '127.0.0.1')
      await once(holder, 'listening')
      const { port } = holder.address() as { port: number }
      const spec = await lab.world.release('r1', goodApp, { port })
      await expect(lab.scale(spec, 2)).rejects.toMatchObject({ code: 'START_FAILED' })
      await expect(lab.scale(spec, 1)).rejects.toMatchObject({
        code: 'PORT_TAKEN',
        message: expect.stringContaining(`port ${port}`),
      })
      holder.close()
      await once(holder, 'close')
      await lab.scale(spec, 1)
      expect((await lab.seen(isReady)).instances[0]!.address!.port).toBe(port)
      const next = await lab.world.release('r2', goodApp, { port })
      await expect(lab.scale(next, 1)).rejects.toMatchObject({
        message: expect.stringContaining('instance r1-0-2'),
      })
    }),
  )

  test(
    'goes on when Sluice is killed, and is adopted by the next one with its port and its slot',
    inLab(async (lab) => {
      const spec = await lab.world.release('r1', goodApp)
      const script = `
        import { openProcessTarget } from ${JSON.stringify(new URL('./process.ts', import.meta.url).href)}
        const target = openProcessTarget({ root: ${JSON.stringify(lab.world.root)} })
        await target.scale({ spec: ${JSON.stringify(spec)}, count: 2, fence: { token: 1, effect: 1 } })
        process.kill(process.pid, 'SIGKILL')`
      const agent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
      expect((await once(agent, 'exit'))[1]).toBe('SIGKILL')
      await lab.target.adopt([{ spec, count: 2 }])
      const { instances, facts } = await lab.seen((it) =>
        it.instances.every(({ state }) => state === 'ready'),
      )
      expect(instances.map(({ id }) => id)).toEqual(['r1-0-1', 'r1-1-1'])
      expect(facts).toEqual([])
      const answer = await fetch(`http://127.0.0.1:${instances[0]!.address!.port}/`)
      expect(await answer.text()).toBe('ok')
    }),
  )

  test(
    'is there at most once, wherever between note and start a crash came',
    inLab(async (lab) => {
      const spec = await lab.world.release('r1', goodApp)
      const folder = lab.world.instanceFolder('r1-0-0')
      const record = {
        id: 'r1-0-0',
        release: 'r1',
        slot: 0,
        port: 1,
        startedAt: 1,
        readyAt: null,
        ended: null,
      }
      await createRecord(folder, record)
      await lab.target.adopt([{ spec, count: 1 }])
      await lab.seen(isReady)
      // The launcher of the crashed run comes late, and finds its place taken.
      const late = await launch({
        folder,
        command: ['/bin/sh', '-c', 'sleep 60'],
        cwd: spec.folder,
        env: {},
        stdout: join(folder, 'stdout.log'),
        stderr: join(folder, 'stderr.log'),
      })
      expect(await late.exited).toEqual({ code: 125, signal: null })
    }),
  )

  test(
    'with a port of its own comes back when the one before it has left the port',
    inLab(async (lab) => {
      const port = await new Ports().reserve('this test')
      const spec = await lab.start(`process.on('SIGTERM', () => {}); ${goodApp}`, { port, graceMs: 300 })
      await lab.seen(isReady)
      const down = lab.scale(spec, 0)
      await lab.seen(({ instances }) => instances[0]?.state === 'stopping')
      await lab.scale(spec, 1)
      await down
      const { instances } = await lab.seen(isReady)
      expect(instances.map(({ id, address }) => [id, address!.port])).toEqual([['r1-0-2', port]])
    }),
  )

  test(
    'that ended with the machine itself is started again, and nobody is blamed',
    inLab(async (lab) => {
      const spec = await lab.start(goodApp)
      const pid = pidOf(await lab.seen(isReady))
      await lab.target.close()
      process.kill(pid, 'SIGKILL')
      const file = join(lab.world.instanceFolder('r1-0-1'), 'process')
      const [found, , ...rest] = (await readFile(file, 'utf8')).split('\n')
      await writeFile(file, [found, 'an earlier boot', ...rest].join('\n'))
      lab.target = lab.world.open()
      await lab.target.adopt([{ spec, count: 1 }])
      const { instances, facts, exitsAfterReady } = await lab.seen(isReady)
      expect([instances[0]!.id, facts, exitsAfterReady]).toEqual(['r1-0-2', [], 0])
    }),
  )

  test(
    'whose end is not seen is reported as such, and started again',
    inLab(async (lab) => {
      const spec = await lab.start(goodApp)
      const pid = pidOf(await lab.seen(isReady))
      await lab.target.close()
      process.kill(pid, 'SIGKILL')
      await until(() => processOf(pid) === null)
      lab.target = lab.world.open()
      await lab.target.adopt([{ spec, count: 1 }])
      const { facts, exitsAfterReady } = await lab.seen(isReady)
      expect(facts[0]!.message).toContain('exit code unknown')
      expect(exitsAfterReady).toBe(1)
    }),
  )

  test(
    'that was adopted and dies later is noticed and started again',
    inLab(async (lab) => {
      const spec = await lab.start(goodApp)
      const pid = pidOf(await lab.seen(isReady))
      await lab.target.close()
      lab.target = lab.world.open()
      await lab.target.adopt([{ spec, count: 1 }])
      process.kill(pid, 'SIGKILL')
      await lab.seen(({ instances }) => instances[0]?.id === 'r1-0-2' && instances[0].state === 'ready')
    }),
  )

  test(
    'that was started just before a crash of ours is found by what its launcher wrote',
    inLab(async (lab) => {
      const spec = await lab.start(goodApp)
      const pid = pidOf(await lab.seen(isReady))
      // As if the crash had come between the start and the first note of ours about it.
      const file = join(lab.world.instanceFolder('r1-0-1'), 'instance.json')
      const record = JSON.parse(await readFile(file, 'utf8'))
      await lab.target.close()
      await writeFile(file, JSON.stringify({ ...record, readyAt: null }))
      lab.target = lab.world.open()
      await lab.target.adopt([{ spec, count: 1 }])
      expect(pidOf(await lab.seen(isReady))).toBe(pid)
      await lab.scale(spec, 0)
      expect(processOf(pid)).toBeNull()
    }),
  )

  test(
    'whose pid belongs to somebody else by now leaves them alone',
    inLab(async (lab) => {
      const spec = await lab.start(goodApp)
      const pid = pidOf(await lab.seen(isReady))
      await lab.target.close()
      process.kill(pid, 'SIGKILL')
      await until(() => processOf(pid) === null)
      const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
        detached: true,
        stdio: 'ignore',
      })
      try {
        const file = join(lab.world.instanceFolder('r1-0-1'), 'process')
        const [, boot, stat, end] = (await readFile(file, 'utf8')).split('\n')
        await writeFile(
          file,
          [stranger.pid, boot, stat!.replace(/^\d+/, String(stranger.pid)), end, ''].join('\n'),
        )
        lab.target = lab.world.open()
        await lab.target.adopt([{ spec, count: 1 }])
        const { instances } = await lab.seen(isReady)
        expect(instances[0]!.id).toBe('r1-0-2')
        await lab.scale(spec, 0)
        expect(stranger.exitCode).toBeNull()
        expect(processOf(stranger.pid!)).toMatchObject({ isZombie: false })
      } finally {
        stranger.kill('SIGKILL')
      }
    }),
  )

  test(
    'leaves the files of its release as they were',
    inLab(async (lab) => {
      const spec = await lab.start(goodApp)
      await lab.seen(isReady)
      await lab.scale(spec, 0)
      expect(await readdir(spec.folder)).toEqual(['app.cjs'])
      expect(await readFile(join(spec.folder, 'app.cjs'), 'utf8')).toBe(goodApp)
    }),
  )

  test(
    'that starts again and again leaves the folders of its last three starts',
    inLab(async (lab) => {
      const spec = await lab.start('process.exit(1)')
      await lab.seen((it) => it.exitsBeforeReady >= 5)
      const starts = () => readdir(join(lab.world.root, ENVIRONMENT, 'instances'))
      await until(async () => (await starts()).length <= 4)
      // And no id comes twice, even after a crash of ours.
      await lab.target.close()
      const before = Math.max(...(await starts()).map((id) => parseInstanceId(id)!.start))
      lab.target = lab.world.open()
      await lab.target.adopt([{ spec: { ...spec, command: 'exec sleep 60' }, count: 1 }])
      const { instances } = await lab.seen((it) => it.instances.length > 0)
      expect(parseInstanceId(instances[0]!.id)!.start).toBe(before + 1)
    }),
  )
})

describe.concurrent('a release', () => {
  test(
    'that comes back after it was gone starts with a clean record',
    inLab(async (lab) => {
      const spec = await lab.start('process.exit(1)')
      await lab.seen((it) => it.exitsBeforeReady >= 1)
      await lab.scale(spec, 0)
      await lab.scale({ ...spec, command: 'exec sleep 60' }, 1)
      const { exitsBeforeReady, facts } = await lab.seen(() => true)
      expect([exitsBeforeReady, facts]).toEqual([0, []])
      await lab.scale(spec, 0)
    }),
  )

  test(
    'is forgotten with all that its instances left',
    inLab(async (lab) => {
      const spec = await lab.start(goodApp)
      await expect(lab.target.forget(ENVIRONMENT, 'r1')).rejects.toThrow('should run')
      await lab.scale(spec, 0)
      await lab.target.forget(ENVIRONMENT, 'r1')
      expect(await readdir(join(lab.world.root, ENVIRONMENT, 'instances'))).toEqual([])
      expect((await lab.target.observe(ENVIRONMENT)).releases).toEqual({})
    }),
  )
})
