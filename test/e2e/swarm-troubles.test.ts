import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ErrorCode, SluiceError } from '../../packages/sluice/src/errors.ts'
import type {
  ContainerSpec,
  LogLine,
  ReleaseObservation,
  Target,
} from '../../packages/sluice/src/targets/target.ts'
import { type Engine, openEngine, whyNoEngine } from '../lab/engine.ts'
import { nodeImage } from '../lab/images.ts'
import type { Swarm, SwarmNode } from '../lab/swarm.ts'
import { until } from '../lab/until.ts'
import {
  allReady,
  apps,
  ENVIRONMENT,
  makeSwarmWorld,
  openSwarmWithNode,
  type SwarmWorld,
  untilObserved,
} from './swarm-world.ts'

const why = whyNoEngine()

describe.skipIf(why !== null)(`services of a swarm${why === null ? '' : `: ${why}`}`, () => {
  let lab: Swarm
  let image: string
  let world: SwarmWorld
  let target: Target
  let effect: number

  beforeAll(async () => {
    ;({ lab, image } = await openSwarmWithNode())
  }, 240_000)

  afterAll(async () => {
    await lab?.close()
  }, 120_000)

  beforeEach(async () => {
    effect = 0
    await lab.settled(90_000)
    world = await makeSwarmWorld(lab.nodes, image)
    target = world.open()
  }, 240_000)

  afterEach(async () => {
    await world.remove()
  })

  const scale = (script: string, count: number, container: Partial<ContainerSpec> = {}, release = 'r1') =>
    target.scale({
      spec: world.spec(release, script, container),
      count,
      fence: { token: 1, effect: ++effect },
    })

  const seen = (isSo: (observation: ReleaseObservation) => boolean) => untilObserved(target, 'r1', isSo)
  const hasFact = ({ facts }: ReleaseObservation) => facts.length > 0

  /** The one that should run; what a former test has left is ending. */
  const runningTask = async () =>
    (await world.swarm.tasks('sluice.home')).find(({ state, isWanted }) => state === 'running' && isWanted) ??
    null

  const nodeOf = (handle: string): SwarmNode => lab.nodes.find(({ name }) => handle.endsWith(` on ${name}`))!
  const fits = ({ name }: SwarmNode) => ({ constraints: [`node.hostname==${name}`] })

  async function text(address: { host: string; port: number }): Promise<string> {
    return (await fetch(`http://${address.host}:${address.port}/`)).text()
  }

  test('are reached from here at the address of their node', async () => {
    await scale(apps.good, 3)
    const { instances } = await seen(allReady(3))
    for (const { address, handle } of instances) {
      expect(address!.host).toBe(nodeOf(handle).address)
      expect(await text(address!)).toBe('ok')
    }
  })

  test('find secrets in files, and nothing of them in what Swarm shows', async () => {
    const file = join(world.root, 'password')
    await writeFile(file, 'correct horse\n')
    const script = `const { readFileSync } = require('node:fs');require('node:http').createServer((_, answer) => answer.end(readFileSync(process.env.DB_PASSWORD_FILE, 'utf8') + process.env.DB_PASSWORD)).listen(process.env.PORT);process.on('SIGTERM', () => process.exit(0))`
    const spec = { ...world.spec('r1', script, { secrets: 'files' }), env: { DB_PASSWORD: { file } } }
    await target.scale({ spec, count: 1, fence: { token: 1, effect: ++effect } })
    const { instances } = await seen(allReady(1))
    expect(await text(instances[0]!.address!)).toBe('correct horseundefined')
    const { body } = await lab.nodes[0]!.ask('/services/shop-production-r1-0-1')
    expect(JSON.stringify(body)).not.toContain('horse')
    expect(await world.swarm.stored('secrets', {})).toMatchObject([
      { name: 'shop-production-r1-0-1-DB_PASSWORD' },
    ])
    await target.scale({ spec, count: 0, fence: { token: 1, effect: ++effect } })
    expect(await world.swarm.stored('secrets', {})).toEqual([])
  })

  test('have limits, and may write nowhere but where they were told', async () => {
    const script = `const { writeFileSync } = require('node:fs');const may = (path) => { try { writeFileSync(path, '1'); return true } catch { return false } };require('node:http').createServer((_, answer) => answer.end(JSON.stringify([may('/x'), may('/cache/x'), process.getuid()]))).listen(process.env.PORT);process.on('SIGTERM', () => process.exit(0))`
    const limits = { memoryBytes: 200_000_000, cpus: 0.5, pids: 50 }
    await scale(script, 1, {
      ...limits,
      readOnly: true,
      tmpfs: ['/cache'],
      user: '1000:1000',
      ...fits(lab.nodes[1]!),
    })
    const { instances } = await seen(allReady(1))
    expect(await text(instances[0]!.address!)).toBe('[false,true,1000]')
    const { container } = (await runningTask())!
    const { HostConfig } = (await lab.nodes[1]!.ask(`/containers/${container}/json`)).body
    expect(HostConfig).toMatchObject({ Memory: 200_000_000, NanoCpus: 500_000_000, PidsLimit: 50 })
  })

  test('are reached at addresses of their own within a network', async () => {
    expect((await lab.nodes[0]!.docker(['network', 'create', '--driver', 'overlay', 'inner'])).code).toBe(0)
    try {
      // What probes them here is not in that network, so that they are never ready.
      await scale(apps.good, 1, { networks: ['inner'], reach: 'address' })
      const { instances } = await seen((found) => found.instances[0]?.address != null)
      const { body } = await lab.nodes[0]!.ask('/networks/inner')
      const [subnet] = body.IPAM.Config.map(({ Subnet }: { Subnet: string }) =>
        Subnet.replace(/\.0\/24$/, '.'),
      )
      expect(instances[0]!.address!.host.startsWith(subnet)).toBe(true)
      expect(instances[0]!.address!.port).toBe(3000)
      await scale(apps.good, 0, { networks: ['inner'], reach: 'address' })
    } finally {
      await until('the network goes', async () =>
        (await lab.nodes[0]!.docker(['network', 'rm', 'inner'])).code === 0 ? true : null,
      )
    }
  })

  test('say with which code they ended, in the words of Swarm', async () => {
    await scale(`console.error('no database');process.exit(3)`, 1)
    const { facts, exitsBeforeReady } = await seen(hasFact)
    expect(exitsBeforeReady).toBeGreaterThan(0)
    expect(facts[0]).toMatchObject({ instance: 'r1-0-1', kind: 'exited' })
    expect(facts[0]!.message).toMatch(/exited with code 3 \(task: non-zero exit \(3\) on node-\d\)/)
    expect(facts[0]!.details).toContain('  no database')
  })

  test('say that they were out of memory', async () => {
    const greedy = `const kept = [];setInterval(() => kept.push(Buffer.alloc(8_000_000, 1)), 5)`
    await scale(greedy, 1, { memoryBytes: 64_000_000 })
    const { facts } = await seen(hasFact)
    expect(facts[0]).toMatchObject({ kind: 'outOfMemory' })
    expect(facts[0]!.todo).toContain('container.memory')
  })

  test('say that their node cannot get the image', async () => {
    const [first, second] = lab.nodes as [SwarmNode, SwarmNode]
    expect((await first.docker(['tag', 'node:24-slim', 'only:here'])).code).toBe(0)
    await scale(apps.good, 1, { image: 'only:here', ...fits(second) })
    const { facts } = await seen(hasFact)
    expect(facts[0]!.message).toMatch(/No such image: only:here on node-2/)
    expect(facts[0]!.todo).toContain('Every node of the swarm has to be able to get the image')
  })

  test('say within their time to start that no node fits', async () => {
    const spec = world.spec('r1', apps.good, { constraints: ['node.labels.disk==ssd'] })
    const startup = { ...spec.startup, periodMs: 500, failures: 4 }
    await target.scale({ spec: { ...spec, startup }, count: 1, fence: { token: 1, effect: ++effect } })
    const { facts } = await seen(hasFact)
    expect(facts[0]).toMatchObject({ kind: 'neverReady' })
    expect(facts[0]!.message).toContain('no suitable node (scheduling constraints not satisfied on 3 nodes)')
    expect(facts[0]!.todo).toContain('container.constraints: node.labels.disk==ssd')
  })

  test('are not started in a network that is not there', async () => {
    const error = await refused(scale(apps.good, 1, { networks: ['nowhere'] }), 'START_FAILED')
    expect(error.message).toContain('nowhere')
    expect(error.todo).toContain('--driver overlay')
    expect(await world.swarm.services({})).toEqual([])
  })

  test('leave alone what has their name and is not theirs', async () => {
    const create = ['service', 'create', '--detach', '--no-resolve-image', '--name', 'shop-production-r1-0-1']
    const made = await lab.nodes[0]!.docker([...create, image, 'node', '-e', apps.slow])
    expect(made.code).toBe(0)
    try {
      await refused(scale(apps.good, 1), 'NAME_TAKEN')
      expect(await world.swarm.services({})).toMatchObject([{ labels: {}, replicas: 1 }])
      await scale(apps.good, 1)
      await seen(allReady(1))
    } finally {
      await lab.nodes[0]!.docker(['service', 'rm', 'shop-production-r1-0-1'])
    }
  })

  test('are out of reach of a second control plane that has an older fence', async () => {
    await target.scale({ spec: world.spec('r1', apps.good), count: 1, fence: { token: 7, effect: 1 } })
    const root = await mkdtemp(join(tmpdir(), 'sluice-swarm-'))
    await copyFile(join(world.root, 'home.json'), join(root, 'home.json'))
    const second = await makeSwarmWorld(lab.nodes, image, root)
    const request = { spec: second.spec('r1', apps.good), count: 0, fence: { token: 6, effect: 90 } }
    const other = second.open()
    await refused(other.scale(request), 'FENCED')
    await seen(allReady(1))
    // The newer lease takes over, and then it is the first one that is refused.
    await other.scale({ ...request, count: 1, fence: { token: 8, effect: 1 } })
    await refused(target.scale({ ...request, fence: { token: 7, effect: 2 } }), 'FENCED')
    await second.remove()
  })

  test('belong to one home: another one may not have the same environment', async () => {
    await scale(apps.good, 1)
    const second = await makeSwarmWorld(lab.nodes, image)
    const request = { spec: second.spec('r9', apps.good), count: 1, fence: { token: 9, effect: 1 } }
    const error = await refused(second.open().scale(request), 'NAME_TAKEN')
    expect(error.todo).toContain('docker config rm sluice-fence-shop-production')
    await seen(allReady(1))
    await second.remove()
  })

  test('are kept alive by Swarm while nobody looks, and have to show that they are ready then', async () => {
    await scale(apps.good, 1)
    const before = (await seen(allReady(1))).instances[0]!
    await target.close()
    const node = nodeOf(before.handle)
    const { container } = (await runningTask())!
    await node.docker(['kill', container!])
    await until('Swarm starts it again', async () => {
      const task = await runningTask()
      return task !== null && task.container !== container ? true : null
    })
    target = world.open()
    await target.adopt([{ spec: world.spec('r1', apps.good), count: 1 }])
    const found = (await target.observe(ENVIRONMENT)).releases.r1!.instances[0]!
    expect(found).toMatchObject({ id: before.id, state: 'starting', readyAt: null })
    expect(found.handle).not.toBe(before.handle)
    await seen(allReady(1))
    expect((await world.swarm.services({})).map(({ name }) => name)).toEqual(['shop-production-r1-0-1'])
  })

  test('leave what they have printed behind, and are heard while they print', async () => {
    const talker = `console.log('hello');console.error('oh');process.on('SIGTERM', () => { console.log('bye'); setTimeout(() => process.exit(0), 300) });require('node:http').createServer((_, answer) => { console.log('asked'); answer.end('ok') }).listen(process.env.PORT)`
    const heard: string[] = []
    const over = new AbortController()
    await scale(talker, 1)
    await seen(allReady(1))
    const listening = (async () => {
      for await (const { line } of target.logs(ENVIRONMENT, { lines: 0, follow: over.signal }))
        heard.push(line)
    })()
    await until('it is heard', () => (heard.includes('asked') ? true : null))
    over.abort()
    await listening
    await scale(talker, 0)
    const left: LogLine[] = []
    for await (const line of target.logs(ENVIRONMENT, { lines: 100 })) left.push(line)
    expect(left.at(-1)).toMatchObject({ instance: 'r1-0-1', stream: 'stderr', line: 'oh' })
    const said = left.filter(({ stream }) => stream === 'stdout').map(({ line }) => line)
    expect([said[0], said.at(-1)]).toEqual(['hello', 'bye'])
  })

  test('move when their node is drained, without counting as an exit', async () => {
    await scale(apps.good, 1)
    const before = (await seen(allReady(1))).instances[0]!
    const node = nodeOf(before.handle)
    const set = (availability: string) =>
      lab.nodes[0]!.docker(['node', 'update', '--availability', availability, node.name])
    try {
      await set('drain')
      const moved = await seen((found) => hasFact(found) && allReady(1)(found))
      expect(moved.instances[0]).toMatchObject({ id: before.id, readyAt: before.readyAt })
      expect(nodeOf(moved.instances[0]!.handle).name).not.toBe(node.name)
      expect(moved).toMatchObject({ exitsBeforeReady: 0, exitsAfterReady: 0 })
      expect(moved.facts.some(({ message }) => message.includes(node.name))).toBe(true)
      expect(await text(moved.instances[0]!.address!)).toBe('ok')
    } finally {
      await set('active')
    }
  })

  test('come back elsewhere when their node is lost, and are never called ready without being there', async () => {
    await scale(apps.good, 3)
    const { instances } = await seen(allReady(3))
    const lost = lab.nodes.find(
      ({ host }) =>
        host !== lab.nodes[0]!.host && instances.some(({ handle }) => nodeOf(handle).host === host),
    )!
    const lies: string[] = []
    await lost.crash()
    const lostAt = Date.now()
    try {
      const { instances: back } = await seen((found) => {
        for (const { state, address, id } of found.instances) {
          // Two probes of a second each at most, fifty milliseconds apart; Swarm itself takes three times as long to notice.
          const isLate = Date.now() - lostAt > 5_000
          if (state === 'ready' && address?.host === lost.address && isLate) lies.push(id)
        }
        return Date.now() - lostAt > 5_000 && allReady(3)(found)
      })
      expect(lies).toEqual([])
      expect(back.map(({ slot }) => slot)).toEqual([0, 1, 2])
      for (const { address } of back) {
        expect(address!.host).not.toBe(lost.address)
        expect(await text(address!)).toBe('ok')
      }
    } finally {
      await lost.start()
    }
  })

  test('are scaled by another manager when the leader stops in the middle', async () => {
    const leader = await lab.leader()
    const others = lab.nodes.filter(({ id }) => id !== leader.id)
    await world.remove()
    world = await makeSwarmWorld([leader, ...others], image)
    target = world.open()
    const scaling = scale(apps.good, 3, { constraints: [`node.hostname!=${leader.name}`] })
    await leader.crash()
    try {
      await scaling
      await seen(allReady(3))
      await scale(apps.good, 1)
      expect((await seen(allReady(1))).instances.map(({ id }) => id)).toEqual(['r1-0-1'])
    } finally {
      await leader.start()
    }
  })

  test('wait for the only manager that is known, which says that it is away meanwhile', async () => {
    const [only] = lab.nodes as [SwarmNode]
    await world.remove()
    world = await makeSwarmWorld([only], image)
    target = world.open()
    const elsewhere = { constraints: [`node.hostname!=${only.name}`] }
    await scale(apps.good, 2, elsewhere)
    const before = (await seen(allReady(2))).instances
    await only.stop()
    try {
      await refused(scale(apps.good, 3, elsewhere), 'ENGINE_UNREACHABLE')
      // What runs is reached as ever.
      expect((await target.observe(ENVIRONMENT)).releases.r1!.instances.map(({ state }) => state)).toEqual([
        'ready',
        'ready',
      ])
    } finally {
      await only.start()
    }
    await lab.settled(90_000)
    await scale(apps.good, 3, elsewhere)
    expect((await seen(allReady(3))).instances.slice(0, 2).map(({ id }) => id)).toEqual(
      before.map(({ id }) => id),
    )
  })

  test('are replaced by Swarm where a crash is asked for on a node whose engine nobody named', async () => {
    const [first, second] = lab.nodes as [SwarmNode, SwarmNode]
    await world.remove()
    world = await makeSwarmWorld([first], image)
    target = world.open()
    await scale(apps.good, 1, fits(second))
    await seen(allReady(1))
    await target.crash(ENVIRONMENT, 'r1')
    const found = await seen((now) => now.exitsAfterReady === 1 && allReady(1)(now))
    expect(found.instances.map(({ id }) => id)).toEqual(['r1-0-2'])
    expect(found.facts.at(-1)!.message).toContain('Sluice had Swarm replace it on node-2, as a crash')
  })

  test('are ready when the HEALTHCHECK of their image says so, where nothing else is asked', async () => {
    const [first] = lab.nodes as [SwarmNode]
    const folder = join(world.root, 'image')
    await mkdir(folder)
    const check = `fetch('http://127.0.0.1:' + process.env.PORT).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))`
    const lines = [
      'FROM node:24-slim',
      `HEALTHCHECK --interval=500ms --retries=20 CMD ${JSON.stringify(['node', '-e', check])}`,
    ]
    await writeFile(join(folder, 'Dockerfile'), lines.join('\n'))
    expect((await first.docker(['build', '--tag', 'checked:1', folder])).code).toBe(0)
    const checked = (await first.ask('/images/checked:1/json')).body.Id
    const late = `process.on('SIGTERM', () => process.exit(0));let ok = false;setTimeout(() => { ok = true }, 2_000);require('node:http').createServer((_, answer) => { answer.statusCode = ok ? 200 : 503;answer.end() }).listen(process.env.PORT)`
    const spec = world.spec('r1', late, { image: checked, ...fits(first) })
    const probe = { periodMs: 100, timeoutMs: 1_000, failures: 2 }
    const probes = { startup: { ...probe, periodMs: 1_000, failures: 30 }, readiness: probe, liveness: probe }
    await target.scale({ spec: { ...spec, ...probes }, count: 1, fence: { token: 1, effect: ++effect } })
    const { instances } = await seen(allReady(1))
    expect(instances[0]!.readyAt! - instances[0]!.startedAt).toBeGreaterThan(2_000)
  })

  describe('on an engine that is in no swarm', () => {
    let engine: Engine

    beforeAll(async () => {
      engine = await openEngine()
      await nodeImage(engine)
    }, 120_000)

    afterAll(async () => {
      await engine?.close()
    })

    test('cannot be, and on one that has been made a swarm of one they are', async () => {
      const own = (await engine.ask('/images/node:24-slim/json')).body.Id
      await world.remove()
      world = await makeSwarmWorld([engine], own)
      target = world.open()
      const error = await refused(scale(apps.good, 1, { image: own }), 'ENGINE_REFUSED')
      expect(error.todo).toContain('docker swarm init')
      expect((await engine.docker(['swarm', 'init', '--advertise-addr', '127.0.0.1'])).code).toBe(0)
      await scale(apps.good, 2, { image: own })
      const { instances } = await seen(allReady(2))
      expect(instances.map(({ address }) => address!.host)).toEqual(['127.0.0.1', '127.0.0.1'])
      expect(await text(instances[1]!.address!)).toBe('ok')
    })
  })
})

async function refused(promise: Promise<unknown>, code: ErrorCode): Promise<SluiceError> {
  const error = await promise.then(
    () => null,
    (thrown: SluiceError) => thrown,
  )
  expect(error?.code).toBe(code)
  return error!
}
