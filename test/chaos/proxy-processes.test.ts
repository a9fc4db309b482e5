import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isAlive, signalProcess } from '../../packages/sluice/src/host/process-identity.ts'
import { ask, type Load, startLoad } from '../../packages/sluice/src/proxy/load.fixture.ts'
import {
  openProxyLab,
  type ProxyLab,
  realCode,
  tableOf,
  tinyMain,
  until,
} from '../../packages/sluice/src/proxy/processes.fixture.ts'

// The processes around the data path, killed and replaced while clients are served through the real one.

const host = 'shop-production.localhost'
const clients = 8

let lab: ProxyLab
let app: Server
let appPort: number
let epoch: number

beforeEach(async () => {
  app = createServer((_, response) => setTimeout(() => response.end('ok'), 2)).listen(0, '127.0.0.1')
  app.keepAliveTimeout = 60_000
  await once(app, 'listening')
  appPort = (app.address() as { port: number }).port
  lab = await openProxyLab({ workerCode: realCode })
  epoch = 0
  await applyNext()
})

afterEach(async () => {
  await lab.close()
  app.closeAllConnections()
  app.close()
})

async function applyNext(): Promise<void> {
  await lab.client.call('apply', { table: tableOf(++epoch, ['shop/production'], appPort) })
}

function load(): Load {
  return startLoad({ port: lab.port, host, keepAlive: clients - 2, fresh: 2 })
}

async function servingBoots(): Promise<string[]> {
  const { workers } = await lab.client.call('status', {})
  return workers.filter(({ draining }) => !draining).map(({ boot }) => boot)
}

async function isWhole(): Promise<boolean> {
  const { workers } = await lab.client.call('status', {})
  return workers.length === 2 && workers.every((worker) => !worker.draining && worker.epoch === epoch)
}

/** Whoever lives is known to the supervisor, and has the newest table. */
async function nobodyServesUnseen(): Promise<void> {
  const alive = () => lab.workers().filter(({ identity }) => isAlive(identity))
  await until(async () => {
    const { workers } = await lab.client.call('status', {})
    const known = workers.filter((worker) => worker.epoch === epoch).map(({ boot }) => boot)
    return alive().every(({ boot }) => known.includes(boot)) && workers.length === known.length
  })
}

async function countedRequests(): Promise<number> {
  const { boots } = await lab.client.call('read', {})
  return boots.flatMap(({ rows }) => rows).reduce((sum, row) => sum + row.requests, 0)
}

describe('under load', () => {
  test('killing the supervisor loses nothing', async () => {
    const running = load()
    for (let kill = 0; kill < 3; kill++) {
      const supervisor = lab.supervisor()
      signalProcess(supervisor, 'SIGKILL')
      await until(() => !isAlive(supervisor))
      await sleep(300) // Nobody supervises.
      await lab.ensure()
      await applyNext()
    }
    const { answers, failures } = await running.stop()
    expect(failures).toEqual([])
    expect(answers).toBeGreaterThan(100)
    expect(await countedRequests()).toBe(answers)
  })

  test('killing a worker loses at most what was in flight in it, and its port stays open', async () => {
    const running = load()
    await sleep(300)
    const victim = lab.workers()[0]!
    signalProcess(victim.identity, 'SIGKILL')
    await until(async () => (await isWhole()) && !(await servingBoots()).includes(victim.boot))
    await sleep(300)
    const { answers, failures } = await running.stop()
    expect(failures.length).toBeLessThanOrEqual(clients)
    expect(failures.filter((failure) => failure.includes('ECONNREFUSED'))).toEqual([])
    expect(answers).toBeGreaterThan(100)
  })

  test('five upgrades fail no request, on fresh and on kept connections, and every request is counted', async () => {
    const running = load()
    const generations: string[][] = [await servingBoots()]
    for (let upgrade = 0; upgrade < 5; upgrade++) {
      expect(await lab.client.call('upgrade', {})).toEqual({ workers: 2 })
      generations.push(await servingBoots())
    }
    await until(isWhole, 40_000)
    const { answers, failures } = await running.stop()
    expect(failures).toEqual([])
    expect(new Set(generations.flat()).size).toBe(12)
    expect(await countedRequests()).toBe(answers)
  })

  test('tables that arrive during upgrades reach every worker, and none serves without one', async () => {
    const running = load()
    const upgrades = (async () => {
      for (let upgrade = 0; upgrade < 3; upgrade++) await lab.client.call('upgrade', {})
    })()
    let isOver = false
    void upgrades.finally(() => {
      isOver = true
    })
    while (!isOver) await applyNext()
    await upgrades
    await until(isWhole, 40_000)
    const { failures } = await running.stop()
    expect(failures).toEqual([])
  })

  test('a worker that hangs costs what it holds, and no table waits for it longer than some seconds', async () => {
    const running = startLoad({ port: lab.port, host, keepAlive: 2, fresh: 4 })
    await sleep(200)
    const hanging = lab.workers()[0]!
    signalProcess(hanging.identity, 'SIGSTOP')
    const begun = performance.now()
    await applyNext()
    expect(performance.now() - begun).toBeLessThan(15_000)
    expect(isAlive(hanging.identity)).toBe(false)
    expect(await isWhole()).toBe(true)
    const { failures } = await running.stop()
    expect(failures.length).toBeLessThanOrEqual(6)
  })

  test('a supervisor killed in the middle of upgrades leaves a whole proxy behind', async () => {
    const running = load()
    for (const afterMs of [20, 80, 150, 250, 400]) {
      const upgrade = lab.client.call('upgrade', {}).catch(() => {})
      await sleep(afterMs)
      signalProcess(lab.supervisor(), 'SIGKILL')
      await upgrade
      lab.client = await lab.ensure()
      await applyNext()
    }
    await until(async () => (await servingBoots()).length >= 2)
    const { failures } = await running.stop()
    expect(failures).toEqual([])
    await nobodyServesUnseen()
  })

  test('a worker killed while it begets another leaves none without the newest table', async () => {
    const running = load()
    for (const afterMs of [10, 60, 110, 160]) {
      const upgrade = lab.client.call('upgrade', {}).catch(() => {})
      await sleep(afterMs)
      for (const { identity } of lab.workers().slice(0, 1)) signalProcess(identity, 'SIGKILL')
      await upgrade
      await applyNext()
      await until(async () => (await servingBoots()).length >= 2)
    }
    const { failures } = await running.stop()
    expect(failures.filter((failure) => failure.includes('ECONNREFUSED'))).toEqual([])
    expect(failures.length).toBeLessThanOrEqual(4 * clients)
    await nobodyServesUnseen()
  })
})

test('a start from a torn file serves what the table before it said', async () => {
  await applyNext()
  const supervisor = lab.supervisor()
  await lab.client.call('stop', { drainMs: 0 })
  await until(() => !isAlive(supervisor))
  lab.tear('table.json')
  lab.client = await lab.ensure()
  const { epoch: restored, warnings, listen } = await lab.client.call('status', {})
  expect(restored).toBe(epoch - 1)
  expect(warnings.join()).toContain('serving the table before the last one')
  expect(await ask({ port: listen.port, host })).toEqual({ status: 200, body: 'ok' })
})

test('an upgrade to the code of another version changes who answers, and back', async () => {
  const other = lab.code(tinyMain)
  await lab.client.call('upgrade', { code: other })
  expect((await ask({ port: lab.port, host })).body).toContain('"generation":"old"')
  await lab.client.call('upgrade', { code: realCode })
  expect((await ask({ port: lab.port, host })).body).toBe('ok')
})
