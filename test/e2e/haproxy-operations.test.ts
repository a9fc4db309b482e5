import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../packages/sluice/src/host/free-port.ts'
import { isAlive, signalProcess } from '../../packages/sluice/src/host/process-identity.ts'
import {
  type HaproxyLab,
  hasHaproxy,
  openHaproxyLab,
  trafficTo,
} from '../../packages/sluice/src/routers/haproxy/lab.fixture.ts'
import { stopHaproxy } from '../../packages/sluice/src/routers/haproxy/stop-haproxy.ts'
import type { RoutedState, Traffic } from '../../packages/sluice/src/routers/router.ts'

/** It books a request when it is done with it, which may be after its client has the answer. */
const soon = { timeout: 20_000 }

describe.skipIf(!hasHaproxy())('HAProxy', () => {
  let lab: HaproxyLab
  let effect = 0
  const fence = () => ({ token: 1, effect: ++effect })

  describe('with one door', () => {
    beforeEach(async () => {
      lab = await openHaproxyLab()
    })
    afterEach(() => lab.close())

    test.each(['master', 'worker'] as const)('comes back whole when its %s is killed', async (which) => {
      const traffic = trafficTo({ r2: await lab.app('r2'), r1: await lab.app('r1') }, { weightEpoch: 5 })
      await lab.router.route(traffic, fence())
      const [master, worker] = [lab.master(), await lab.worker()]
      signalProcess(which === 'master' ? master : worker, 'SIGKILL')
      const answer = () =>
        lab.ask(traffic).then(
          ({ body }) => body,
          () => null,
        )
      await expect.poll(() => isAlive(worker), soon).toBe(false)
      await expect.poll(answer, soon).toBe('r2')
      await expect
        .poll(async () => (await lab.router.warnings()).join(), soon)
        .toMatch(/had died, and was started again/)
      expect(lab.master()).not.toEqual(master)
      expect(await lab.router.observe('shop/production')).toMatchObject({
        weightEpoch: 5,
        weights: { r2: 10_000 },
        reached: true,
      })
    })

    test('is the same one for the next router, and goes on without any', async () => {
      const traffic = trafficTo({ r1: await lab.app('r1') })
      await lab.router.route(traffic, fence())
      const worker = await lab.worker()
      await lab.router.close()
      expect((await lab.ask(traffic)).body).toBe('r1')
      lab.router = await lab.open()
      expect(await lab.worker()).toEqual(worker)
      const counted = async () => (await lab.router.counts('shop/production')).totals.requests
      await expect.poll(counted, soon).toBe(1)
      await lab.ask(traffic)
      await lab.reopen()
      await expect.poll(counted, soon).toBe(2)
      expect(await lab.router.warnings()).toEqual([])
    })

    test('loses no request over 24 switches of instances that come and go under load', {
      timeout: 300_000,
    }, async () => {
      const instance = async (n: number, state: RoutedState = 'serving') => ({
        id: `r${n}-0-1`,
        ...(await lab.app(`r${n}`)),
        state,
      })
      const stable = { release: 'r0', instances: [await instance(0)] }
      const base = trafficTo({ r0: stable.instances[0]! }, { releases: [stable], weights: { r0: 10_000 } })
      await lab.router.route(base, fence())
      const load = startLoad(lab.port)
      let old = stable
      for (let n = 1; n <= 24; n++) {
        const next = { release: `r${n}`, instances: [await instance(n)] }
        const releases = [next, old]
        const tell = (more: Partial<Traffic>) =>
          lab.router.route({ ...base, releases, weightEpoch: n, ...more }, fence())
        await tell({ weights: { [next.release]: 2_500, [old.release]: 7_500 } })
        await tell({ weights: { [next.release]: 10_000 } })
        const leaving = {
          ...old,
          instances: old.instances.map((one) => ({ ...one, state: 'draining' as const })),
        }
        await tell({ weights: { [next.release]: 10_000 }, releases: [next, leaving] })
        const busy = async () =>
          (await lab.router.observe('shop/production')).inFlight?.[old.instances[0]!.id]?.requests
        await expect.poll(busy, soon).toBe(0)
        await tell({ weights: { [next.release]: 10_000 }, releases: [next] })
        old = next
      }
      const { answers, failures } = await load.stop()
      expect(failures).toEqual([])
      expect(answers).toBeGreaterThan(1_000)
      const totals = async () => (await lab.router.counts('shop/production')).totals
      await expect.poll(totals, soon).toEqual({ requests: answers, failed: 0, retried: 0, aborted: 0 })
    })

    test('takes up what needs a new configuration without losing a request or a tunnel', async () => {
      const at = await lab.serve(
        (_, answer) => void setTimeout(() => answer.end('r1'), 5),
        (_, socket) => {
          socket.write(
            'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
          )
          socket.pipe(socket)
        },
      )
      await lab.router.route(trafficTo({ r1: at }), fence())
      const tunnel = await openTunnel(lab.port)
      const inFlight = async () => (await lab.router.observe('shop/production')).inFlight?.['r1-0-1']
      await expect.poll(async () => (await inFlight())?.tunnels, soon).toBe(1)
      const load = startLoad(lab.port)
      const first = await lab.worker()
      for (const header of ['x-one', 'x-two', 'x-three']) {
        const environment = `${header}/production`
        const settings = { hosts: [`${header}.localhost`], sticky: { header } }
        await lab.router.route(trafficTo({ r1: at }, { environment, settings }), fence())
      }
      expect(await lab.worker()).not.toEqual(first)
      expect((await inFlight())?.tunnels).toBe(1)
      expect(await tunnel.echo('still here')).toBe('still here')
      const { answers, failures } = await load.stop()
      expect(failures).toEqual([])
      expect(answers).toBeGreaterThan(100)
      const { requests, failed } = (await lab.router.counts('shop/production')).totals
      expect(failed).toBe(0)
      expect(requests).toBeLessThanOrEqual(answers)
      expect(requests).toBeGreaterThan(answers - 3 * 64 * 2)
      expect(await lab.router.warnings()).toEqual(
        expect.arrayContaining([expect.stringMatching(/\d+ connections .* not be counted/)]),
      )
      const closing = trafficTo({ r1: at }, { weights: {} })
      closing.releases[0]!.instances[0]!.state = 'closing'
      await lab.router.route(closing, fence())
      await tunnel.closed
      await expect
        .poll(async () => (await lab.router.observe('shop/production')).cut, soon)
        .toEqual({ r1: 1 })
    })

    test('answers by the newest table on a connection that was idle while its process left', async () => {
      const instances = { r2: await lab.app('r2'), r1: await lab.app('r1') }
      const traffic = trafficTo({ r1: instances.r1 })
      await lab.router.route(traffic, fence())
      const idle = connect(lab.port, '127.0.0.1').setEncoding('utf8')
      const say = async (path: string) => {
        idle.write(`POST ${path} HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 0\r\n\r\n`)
        let said = ''
        // Head and body may come apart.
        while (!/\r\n\r\nr\d$/.test(said)) said += (await once(idle, 'data'))[0]
        return said
      }
      expect(await say('/')).toMatch(/r1$/)
      const settings = { hosts: ['other.localhost'], sticky: { header: 'x-other' } }
      await lab.router.route(
        trafficTo({ r1: instances.r1 }, { environment: 'other/production', settings }),
        fence(),
      )
      await lab.router.route(trafficTo({ r2: instances.r2 }, { weightEpoch: 2 }), fence())
      expect(await lab.router.observe('shop/production')).toMatchObject({
        weights: { r2: 10_000 },
        reached: true,
      })
      expect(await say('/')).toMatch(/^HTTP\/1\.1 200 .*r2$/s)
      const counted = async () => {
        const { boots, totals } = await lab.router.counts('shop/production')
        return [boots.at(-1)!.arms['r2@2']?.requests, totals.requests]
      }
      await expect.poll(counted, soon).toEqual([1, 2])
      idle.destroy()
    })

    test('is stopped in peace, and cut at the end of that', async () => {
      const traffic = trafficTo({ r1: await lab.app('r1') })
      await lab.router.route(traffic, fence())
      const slow = lab.ask(traffic, '/?ms=3000')
      const inFlight = async () =>
        (await lab.router.observe('shop/production')).inFlight?.['r1-0-1']?.requests
      await expect.poll(inFlight, soon).toBe(1)
      const master = lab.master()
      await stopHaproxy(lab.home.folder, 20_000)
      expect((await slow).body).toBe('r1')
      expect(isAlive(master)).toBe(false)
      await stopHaproxy(lab.home.folder, 5_000)
    })

    test('changes nothing for a configuration that it refuses', async () => {
      const traffic = trafficTo({ r1: await lab.app('r1') })
      await lab.router.route(traffic, fence())
      const before = readFileSync(lab.home.configuration, 'utf8')
      const bad = join(lab.home.folder, 'bad.pem')
      writeFileSync(bad, 'no certificate')
      const tls = { listen: { host: '127.0.0.1', port: await freePort() }, certificates: bad }
      const refused = lab.open({ tls })
      await expect(refused).rejects.toMatchObject({ code: 'START_FAILED', kind: 'outside' })
      await expect(refused).rejects.toMatchObject({
        details: expect.arrayContaining([expect.stringMatching(/bad\.pem/)]),
      })
      expect(readFileSync(lab.home.configuration, 'utf8')).toBe(before)
      expect((await lab.ask(traffic)).body).toBe('r1')
    })

    test.each([
      ['environment', { environment: 'x\nglobal\n' }],
      ['salt', { salt: 'a b;\'\n"|/' }],
    ] as const)('takes a hostile %s for a name', async (_, more) => {
      const traffic = trafficTo({ r1: await lab.app('r1') }, { ...more, settings: { sticky: {} } })
      traffic.releases[0]!.instances[0]!.id = 'r1 127.0.0.1:1\n server evil;del map #0'
      await lab.router.route(traffic, fence())
      expect((await lab.ask(traffic)).body).toBe('r1')
      expect(await lab.router.observe(traffic.environment)).toMatchObject({
        reached: true,
        inFlight: { [traffic.releases[0]!.instances[0]!.id]: { requests: 0 } },
      })
      const counted = async () => (await lab.router.counts(traffic.environment)).totals.requests
      await expect.poll(counted, soon).toBe(1)
    })
  })

  test('says what is missing, too old, or taken', async () => {
    await expect(openHaproxyLab({ binary: '/nowhere/haproxy' })).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('/nowhere/haproxy'),
      todo: expect.stringContaining('apt install haproxy'),
    })
    const folder = mkdtempSync(join(tmpdir(), 'old-'))
    const old = join(folder, 'haproxy')
    writeFileSync(old, '#!/bin/sh\necho "HA-Proxy version 1.8.19-1 2019/02/11"\n', { mode: 0o755 })
    await expect(openHaproxyLab({ binary: old })).rejects.toMatchObject({
      message: expect.stringMatching(/needs HAProxy 2\.6 or later.*1\.8\.19/),
    })
    rmSync(folder, { recursive: true })
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    await expect(openHaproxyLab({ listen: { host: '127.0.0.1', port } })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
    other.close()
  })

  test('speaks TLS and HTTP/2 to clients', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pem-'))
    const { certificate, both } = certify(folder)
    const tls = { listen: { host: '127.0.0.1', port: await freePort() }, certificates: both }
    const secure = await openHaproxyLab({ tls })
    const at = await secure.serve((asked, answer) =>
      answer.end(`${asked.headers['x-forwarded-proto']} ${asked.headers.host}`),
    )
    const traffic = trafficTo({ r1: at }, { settings: { sticky: {} } })
    await secure.router.route(traffic, fence())
    expect(secure.router.url(traffic.settings).live).toBe(`https://shop.localhost:${tls.listen.port}/`)
    const session = connectHttp2(`https://127.0.0.1:${tls.listen.port}`, {
      ca: readFileSync(certificate),
      servername: 'shop.localhost',
      checkServerIdentity: () => undefined,
    })
    const stream = session.request({ ':path': '/', ':authority': 'shop.localhost' })
    const [headers] = await once(stream, 'response')
    let body = ''
    for await (const part of stream.setEncoding('utf8')) body += part
    expect([headers[':status'], body]).toEqual([200, 'https shop.localhost'])
    expect(headers['set-cookie'][0]).toMatch(/; Secure$/)
    expect(session.alpnProtocol).toBe('h2')
    session.close()
    await secure.close()
    rmSync(folder, { recursive: true })
  })

  test('takes up a renewed certificate by itself, and keeps the connections that it has', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pem-'))
    const { both } = certify(folder)
    const tls = { listen: { host: '127.0.0.1', port: await freePort() }, certificates: both }
    let aheadMs = 0
    const secure = await openHaproxyLab({ tls, now: () => Date.now() + aheadMs })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const traffic = trafficTo({ r1: await secure.app('r1') })
    await secure.router.route(traffic, fence())
    expect(await send(secure.port, agent, 'GET')).toBe(200)
    const before = await serialAt(tls.listen.port)
    certify(folder)
    aheadMs = 61_000
    await expect.poll(() => serialAt(tls.listen.port), soon).not.toBe(before)
    expect(await send(secure.port, agent, 'GET')).toBe(200)
    agent.destroy()
    await secure.close()
    rmSync(folder, { recursive: true })
  })
})

/** A new key and certificate for shop.localhost, alone and in one file. */
function certify(folder: string): { certificate: string; both: string } {
  const [key, certificate, both] = ['key', 'cert', 'both'].map((name) => join(folder, `${name}.pem`))
  const wanted = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync(
    'openssl',
    [...wanted, '-keyout', key!, '-out', certificate!, '-days', '2', '-subj', '/CN=shop.localhost'],
    { stdio: 'ignore' },
  )
  writeFileSync(both!, readFileSync(certificate!, 'utf8') + readFileSync(key!, 'utf8'))
  return { certificate: certificate!, both: both! }
}

async function serialAt(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

/** 64 clients that keep their connections; every second request is a POST. */
function startLoad(port: number) {
  let isOver = false
  let answers = 0
  const failures: string[] = []
  const clients = Array.from({ length: 64 }, async (_, i) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let n = i; !isOver; n++) {
      const method = n % 2 ? 'POST' : 'GET'
      await send(port, agent, method).then(
        (status) => (status === 200 ? answers++ : failures.push(`${method} ${status}`)),
        (error) => failures.push(`${method} ${error.code} ${error.message}`),
      )
    }
    agent.destroy()
  })
  return {
    async stop() {
      isOver = true
      await Promise.all(clients)
      return { answers, failures }
    },
  }
}

function send(port: number, agent: Agent, method: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'shop.localhost' }
    const sent = request({ port, host: '127.0.0.1', agent, method, headers, timeout: 10_000 }, (answer) => {
      answer
        .resume()
        .on('end', () => resolve(answer.statusCode!))
        .on('error', reject)
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer'))).on('error', reject)
    sent.end(method === 'POST' ? 'hello' : undefined)
  })
}

async function openTunnel(port: number) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  socket.on('error', () => {})
  socket.write(
    'GET / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const [head] = await once(socket, 'data')
  expect(head).toMatch(/^HTTP\/1\.1 101 /)
  return {
    closed: once(socket, 'close'),
    async echo(text: string): Promise<string> {
      socket.write(text)
      return (await once(socket, 'data'))[0]
    },
  }
}
