import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isAlive, signalProcess } from '../host/process-identity.ts'
import { connectProxy } from './control-client.ts'
import { ask } from './load.fixture.ts'
import { openProxyLab, type ProxyLab, tableOf, tinyMain, until } from './processes.fixture.ts'

let lab: ProxyLab

beforeEach(async () => {
  lab = await openProxyLab()
})
afterEach(() => lab.close())

async function boots(): Promise<string[]> {
  const { workers } = await lab.client.call('status', {})
  return workers.map((worker) => worker.boot).sort()
}

async function epochs(): Promise<number[]> {
  const { workers } = await lab.client.call('status', {})
  return workers.map((worker) => worker.epoch)
}

/** A request that a worker has begun, and answers once `finish` is called. */
async function askSlowly(): Promise<{ answer: ReturnType<typeof ask>; finish: () => void }> {
  const file = join(lab.home, 'finish')
  const answer = ask({ port: lab.port, path: `/?file=${file}` })
  await until(async () => {
    const { workers } = await lab.client.call('status', {})
    return workers.some((worker) => worker.connections > 0)
  })
  return { answer, finish: () => writeFileSync(file, '') }
}

async function killSupervisor(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const supervisor = lab.supervisor()
  signalProcess(supervisor, signal)
  await until(() => !isAlive(supervisor))
}

describe('a table', () => {
  test('is acknowledged when every worker serves it', async () => {
    expect(await lab.client.call('apply', { table: tableOf(3) })).toEqual({ epoch: 3, workers: 2 })
    expect(await epochs()).toEqual([3, 3])
    expect(JSON.parse((await ask({ port: lab.port })).body)).toMatchObject({ epoch: 3, environments: 1 })
  })

  test('is refused when it is older, or another one of the same epoch; the same one again is welcome', async () => {
    await lab.client.call('apply', { table: tableOf(3) })
    const other = tableOf(3, ['shop/production', 'shop/staging'])
    await expect(lab.client.call('apply', { table: tableOf(2) })).rejects.toMatchObject({ code: 'FENCED' })
    await expect(lab.client.call('apply', { table: other })).rejects.toMatchObject({ code: 'FENCED' })
    expect(await lab.client.call('apply', { table: tableOf(3) })).toEqual({ epoch: 3, workers: 2 })
  })

  test('is refused whole when a part of it is wrong', async () => {
    await lab.client.call('apply', { table: tableOf(1) })
    const wrong = tableOf(2)
    wrong.environments[0]!.releases[0]!.weight = 5000
    await expect(lab.client.call('apply', { table: wrong })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    expect(await epochs()).toEqual([1, 1])
  })
})

describe('the supervisor', () => {
  test('finds the workers and their table again after it was killed', async () => {
    await lab.client.call('apply', { table: tableOf(7) })
    const before = await boots()
    await killSupervisor()
    expect(JSON.parse((await ask({ port: lab.port })).body)).toMatchObject({ epoch: 7 })
    await lab.ensure()
    expect(await boots()).toEqual(before)
    expect(await lab.client.call('status', { table: true })).toMatchObject({ epoch: 7, table: tableOf(7) })
    await expect(lab.client.call('apply', { table: tableOf(6) })).rejects.toMatchObject({ code: 'FENCED' })
  })

  test('is started again by a client that keeps the proxy there', async () => {
    await lab.client.call('apply', { table: tableOf(1) })
    await killSupervisor()
    expect(await lab.client.call('apply', { table: tableOf(2) })).toEqual({ epoch: 2, workers: 2 })
  })

  test('learns the newest table from the workers when its own file is gone', async () => {
    await lab.client.call('apply', { table: tableOf(7) })
    await killSupervisor()
    writeFileSync(join(lab.home, 'table.json'), 'torn')
    await lab.ensure()
    expect(await lab.client.call('status', { table: true })).toMatchObject({ epoch: 7, table: tableOf(7) })
  })

  test('ends alone on SIGTERM', async () => {
    const workers = lab.workers()
    await killSupervisor('SIGTERM')
    expect(workers.map(({ identity }) => isAlive(identity))).toEqual([true, true])
    expect((await ask({ port: lab.port })).status).toBe(200)
  })

  test('is one, however many start it at once', async () => {
    await killSupervisor()
    const clients = await Promise.all([lab.ensure(), lab.ensure(), lab.ensure()])
    const answers = await Promise.all(clients.map((client) => client.call('status', {})))
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1)
    expect(answers[0]!.workers.length).toBe(2)
  })

  test('reports a port that another process has', async () => {
    const other: Server = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const supervisor = lab.supervisor()
    await lab.client.call('stop', { drainMs: 0 })
    await until(() => !isAlive(supervisor))
    try {
      const failed = lab.ensure({ listen: { host: '127.0.0.1', port } })
      await expect(failed).rejects.toMatchObject({
        code: 'PORT_TAKEN',
        message: expect.stringContaining(`port ${port}`),
      })
    } finally {
      other.close()
    }
  })

  test('ends everything when told to stop, after what was in flight', async () => {
    const workers = lab.workers()
    const supervisor = lab.supervisor()
    const { answer: slow, finish } = await askSlowly()
    const begun = performance.now()
    const stopped = lab.client.call('stop', { drainMs: 20_000 })
    await until(() =>
      ask({ port: lab.port }).then(
        () => false,
        () => true,
      ),
    )
    finish()
    expect(await stopped).toEqual({})
    expect(performance.now() - begun).toBeLessThan(10_000) // None had to be cut.
    expect((await slow).status).toBe(200)
    await until(() => ![supervisor, ...workers.map(({ identity }) => identity)].some(isAlive))
    expect(lab.workers()).toEqual([])
    await expect(connectProxy({ home: lab.home })).rejects.toMatchObject({ code: 'PROXY_UNREACHABLE' })
    expect(JSON.parse(readFileSync(join(lab.home, 'supervisor.pid'), 'utf8'))).toMatchObject({
      stopped: true,
    })
  })
})

describe('a worker', () => {
  test('that is killed is replaced by its sibling, and the loss of its counts is said', async () => {
    const [victim] = lab.workers()
    const before = await boots()
    process.kill(victim!.identity.pid, 'SIGKILL')
    await until(async () => {
      const now = await boots()
      return now.length === 2 && !now.includes(victim!.boot)
    })
    expect((await boots()).filter((boot) => before.includes(boot)).length).toBe(1)
    const { boots: readings } = await lab.client.call('read', {})
    expect(readings.find(({ boot }) => boot === victim!.boot)).toMatchObject({ ended: true, lost: true })
  })

  test('binds the same port anew when all have been killed', async () => {
    await lab.client.call('apply', { table: tableOf(5) })
    for (const { identity } of lab.workers()) process.kill(identity.pid, 'SIGKILL')
    await until(async () => (await ask({ port: lab.port }).catch(() => null))?.status === 200)
    expect(JSON.parse((await ask({ port: lab.port })).body)).toMatchObject({ epoch: 5 })
  })

  test('leaves its last counts to a supervisor that was not there', async () => {
    const [leaving] = lab.workers()
    // More requests than one worker's share of the queue, so that each has answered some.
    await Promise.all(Array.from({ length: 20 }, () => ask({ port: lab.port })))
    await killSupervisor()
    process.kill(leaving!.identity.pid, 'SIGTERM')
    await until(() => !isAlive(leaving!.identity))
    await lab.ensure()
    const { boots: readings } = await lab.client.call('read', {})
    expect(readings.find(({ boot }) => boot === leaving!.boot)).toMatchObject({ ended: true, lost: false })
    expect(readings.reduce((sum, { unrouted }) => sum + unrouted, 0)).toBe(20)
  })

  test('that drains finishes its requests, takes tables and is counted until it ends', async () => {
    await lab.client.call('apply', { table: tableOf(1) })
    const { answer: slow, finish } = await askSlowly()
    await lab.client.call('upgrade', {})
    await until(async () => (await boots()).length === 3) // Its sibling had nothing to finish.
    await lab.client.call('apply', { table: tableOf(2) })
    const { workers } = await lab.client.call('status', {})
    expect(workers.filter(({ draining }) => draining)).toMatchObject([{ epoch: 2, connections: 1 }])
    finish()
    expect(JSON.parse((await slow).body)).toMatchObject({ epoch: 1 })
    await until(async () => (await boots()).length === 2)
  })
})

describe('an upgrade', () => {
  test('brings a new generation from other code', async () => {
    const before = await boots()
    const code = lab.code(`process.env.TINY_GENERATION = 'new'; ${tinyMain}`)
    expect(await lab.client.call('upgrade', { code })).toEqual({ workers: 2 })
    await until(async () => (await boots()).length === 2)
    expect((await boots()).some((boot) => before.includes(boot))).toBe(false)
    expect(JSON.parse((await ask({ port: lab.port })).body)).toMatchObject({ generation: 'new' })
  })

  test('to code that does not start is refused with its last words, and the old generation serves on', async () => {
    const before = await boots()
    const code = lab.code(`throw new Error('no such luck')`)
    const failure = await lab.client.call('upgrade', { code }).catch((error) => error)
    expect(failure).toMatchObject({ code: 'START_FAILED' })
    expect(failure.details.join('\n')).toContain('no such luck')
    expect(await boots()).toEqual(before)
    expect((await ask({ port: lab.port })).status).toBe(200)
  })
})

describe('a start from the last good table', () => {
  async function stopAndStart(): Promise<void> {
    const supervisor = lab.supervisor()
    await lab.client.call('stop', { drainMs: 0 })
    await until(() => !isAlive(supervisor))
    lab.client = await lab.ensure()
  }

  test('gives no traffic to instances that do not answer, until control says otherwise', async () => {
    const app = createServer().listen(0, '127.0.0.1')
    await once(app, 'listening')
    const table = tableOf(4, ['shop/production', 'shop/staging'])
    table.environments[0]!.releases[0]!.instances[0]!.port = (app.address() as { port: number }).port
    try {
      await lab.client.call('apply', { table })
      await stopAndStart()
      const { epoch, table: served, warnings } = await lab.client.call('status', { table: true })
      const states = served!.environments.map(({ releases }) => releases[0]!.instances[0]!.state)
      expect([epoch, states]).toEqual([4, ['serving', 'draining']])
      expect(warnings.join()).toContain('no traffic for shop/staging-r1-0')

      await lab.client.call('apply', { table })
      expect(await lab.client.call('status', { table: true })).toMatchObject({ epoch: 4, table })
    } finally {
      app.close()
    }
  })
})

test('starts again what it was told to guard', async () => {
  const pidFile = join(lab.home, 'agent.pid')
  const mark = join(lab.home, 'mark')
  await killSupervisor()
  writeFileSync(pidFile, JSON.stringify({ pid: process.pid, boot: 'an earlier one', born: 'long ago' }))
  await lab.ensure({ guard: { command: ['touch', mark], pidFile } })
  await until(() => existsSync(mark))
})
