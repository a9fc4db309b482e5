import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DockerWorld, environment, good, missing, openDockerWorld } from './docker-world.ts'

const quiet = `process.on('SIGTERM', () => process.exit(0));setInterval(() => {}, 1_000);`

/** An app that answers what this expression says. */
function answering(expression: string): string {
  return (
    `process.on('SIGTERM', () => process.exit(0));const fs = require('node:fs');` +
    `require('node:http').createServer(({ url }, answer) => { let said; try { said = ${expression} } catch (error) { said = error.code ?? error.message } answer.end(String(said)) }).listen(process.env.PORT)`
  )
}

describe.skipIf(missing !== null)('a container', () => {
  let world: DockerWorld
  beforeEach(async () => {
    world = await openDockerWorld()
  })
  afterEach(() => world.close())

  describe('is made as sluice.yaml says', () => {
    it('with its limits, its user and its log rotation, and with labels by which it is known again', async () => {
      const limits = { memoryBytes: 64 * 1024 * 1024, cpus: 0.5, pids: 50, user: '1000:1000' }
      const one = await world.oneReady(
        await world.spec(answering(`process.getuid() + ' ' + process.getgid()`), {
          ...limits,
          log: { maxBytes: 20_000, files: 2 },
        }),
      )
      const { Config, HostConfig, Name } = await world.inspect(one)
      expect(HostConfig).toMatchObject({
        Memory: 67_108_864,
        MemorySwap: 67_108_864,
        NanoCpus: 500_000_000,
        PidsLimit: 50,
        RestartPolicy: { Name: 'no' },
        LogConfig: { Type: 'json-file', Config: { 'max-size': '20000', 'max-file': '2' } },
      })
      const { id } = JSON.parse(await readFile(join(world.root, 'home.json'), 'utf8'))
      expect(Config.Labels).toMatchObject({
        'sluice.home': id,
        'sluice.environment': 'shop/production',
        'sluice.release': 'r1',
        'sluice.instance': 'r1-0-1',
        'sluice.slot': '0',
      })
      expect(Name).toBe('/shop-production-r1-0-1')
      expect(await world.text(one)).toBe('1000 1000')
    })

    it('with limits that the kernel knows of, and not only the engine', async () => {
      const cgroup = '/sys/fs/cgroup'
      const read = `['memory.max', 'memory/memory.limit_in_bytes'].map((file) => { try { return fs.readFileSync('${cgroup}/' + file, 'utf8').trim() } catch { return '' } }).join('')`
      const one = await world.oneReady(await world.spec(answering(read), { memoryBytes: 67_108_864 }))
      expect(await world.text(one)).toBe('67108864')
    })

    it('with a root that cannot be written to, but for tmpfs and volumes', async () => {
      const script = answering(
        `url === '/readyz' ? '' : (fs.writeFileSync(url.replaceAll('+', '/') + '/probe', 'x'), 'written')`,
      )
      const one = await world.oneReady(
        await world.spec(script, {
          readOnly: true,
          tmpfs: ['/tmp'],
          volumes: [{ source: 'scratch', path: '/scratch', readOnly: false }],
        }),
      )
      expect(await world.text(one, '/etc')).toBe('EROFS')
      expect(await world.text(one, '/tmp')).toBe('written')
      expect(await world.text(one, '/scratch')).toBe('written')
    })

    it('with what Sluice tells every instance, over what the app and the image say', async () => {
      const env = { PORT: '9', GREETING: 'Hello', SLUICE_RELEASE: 'mine' }
      const one = await world.oneReady(
        await world.spec(answering('JSON.stringify(process.env)'), {}, { env, port: 4321 }),
      )
      expect(JSON.parse(await world.text(one))).toMatchObject({
        ...{ PORT: '4321', HOST: '0.0.0.0', GREETING: 'Hello', NODE_ENV: 'production' },
        ...{ SLUICE_APP: 'shop', SLUICE_ENVIRONMENT: 'production' },
        ...{ SLUICE_RELEASE: 'r1', SLUICE_INSTANCE: 'r1-0-1' },
      })
      expect(one.address?.port).toBe(4321)
    })

    it('with folders of the machine, which stay as they are where they are read-only', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-bind-'))
      try {
        await writeFile(join(folder, 'motd'), 'from outside')
        const script = answering(
          `url === '/write' ? fs.writeFileSync('/conf/motd', 'x') : fs.readFileSync('/conf/motd', 'utf8').trim()`,
        )
        const one = await world.oneReady(
          await world.spec(script, { volumes: [{ source: folder, path: '/conf', readOnly: true }] }),
        )
        expect(await world.text(one, '/read')).toBe('from outside')
        expect(await world.text(one, '/write')).toBe('EROFS')
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })

    it('reached at a port of this machine alone, where reach is port', async () => {
      const one = await world.oneReady(await world.spec(good, { reach: 'port' }))
      expect(one.address?.host).toBe('127.0.0.1')
      expect(await world.text(one)).toBe('ok')
      const { NetworkSettings } = await world.inspect(one)
      expect(NetworkSettings.Ports['3000/tcp']).toEqual([
        { HostIp: '127.0.0.1', HostPort: String(one.address!.port) },
      ])
    })

    it('in a network of the user’s, over which it is reached', async () => {
      const subnet = `${world.engine.network}.200.0/24`
      await world.engine.docker(['network', 'create', '--subnet', subnet, 'backend'])
      try {
        const one = await world.oneReady(await world.spec(good, { networks: ['backend'] }))
        expect(one.address?.host).toMatch(new RegExp(`^${world.engine.network}\\.200\\.`))
        expect(await world.text(one)).toBe('ok')
        await world.scale(await world.spec(good), 0)
        await world.target.forget(environment, 'r1')
      } finally {
        expect((await world.engine.docker(['network', 'rm', 'backend'])).code).toBe(0)
      }
    })
  })

  describe('keeps what it is given', () => {
    it('in `data` across releases', async () => {
      const script = answering(
        `url === '/write' ? (fs.writeFileSync('/app/uploads/a', process.env.SLUICE_RELEASE), 'written') : fs.readFileSync('/app/uploads/a', 'utf8')`,
      )
      const { code, err } = await buildImage(
        world,
        'kept',
        'FROM node:24-slim\nWORKDIR /app/uploads\nWORKDIR /app\n',
      )
      expect(code, err).toBe(0)
      const image = (await world.engine.ask('/images/kept/json')).body.Id
      const data: [string, string][] = [['uploads', '/unused']]
      const first = await world.oneReady(await world.spec(script, { image }, { data }))
      expect(await world.text(first, '/write')).toBe('written')
      await world.scale(await world.spec(script, { image }, { data }), 0)
      await world.target.forget(environment, 'r1')
      const second = await world.oneReady(await world.spec(script, { image }, { data, release: 'r2' }))
      expect(await world.text(second)).toBe('r1')
      const volume = (await world.engine.ask('/volumes/shop_production_uploads')).body
      expect(volume.Labels).toMatchObject({ 'sluice.environment': 'shop/production' })
    })

    it.each(['env', 'files'] as const)('as secrets by %s', async (secrets) => {
      const file = join(world.root, '..', `secret-${process.pid}`)
      await writeFile(file, 's3cr3t-value\n', { mode: 0o600 })
      try {
        const script = answering(
          `process.env.TOKEN ?? fs.readFileSync(process.env.TOKEN_FILE, 'utf8') + ' ' + process.env.TOKEN_FILE`,
        )
        const spec = await world.spec(script, { secrets, user: '1000:1000' }, { env: { TOKEN: { file } } })
        const one = await world.oneReady(spec)
        expect(await world.text(one)).toBe(
          secrets === 'env' ? 's3cr3t-value' : 's3cr3t-value /run/secrets/TOKEN',
        )
        if (secrets === 'env') return
        expect(JSON.stringify(await world.inspect(one))).not.toContain('s3cr3t-value')
        expect(await holding(world.root, 's3cr3t-value')).toEqual([
          expect.stringMatching(/instances\/r1-0-1\/secrets\/TOKEN$/),
        ])
        await world.scale(spec, 0)
        expect(await holding(world.root, 's3cr3t-value')).toEqual([])
      } finally {
        await rm(file)
      }
    })
  })

  describe('that is not doing well is explained', () => {
    it('with its exit code and last lines, of both streams, when it ends at once', async () => {
      const script = `for (let line = 0; line < 200; line++) console.log('line', line);console.error('no database');process.exitCode = 3`
      const fact = await world.firstFact(await world.spec(script))
      expect(fact.kind).toBe('exited')
      expect(fact.message).toContain('exited with code 3')
      expect(fact.details).toEqual(
        expect.arrayContaining([
          'last lines of r1-0-1, stdout:',
          '  line 199',
          'last lines of r1-0-1, stderr:',
          '  no database',
        ]),
      )
    })

    it('with one early line of stderr that many of stdout have followed', async () => {
      const script = `console.error('deprecated option');setTimeout(() => { for (let line = 0; line < 300; line++) console.log('line', line);process.exitCode = 1 }, 50)`
      const { details } = await world.firstFact(await world.spec(script))
      expect(details).toContain('  deprecated option')
    })

    it('as out of memory, with what to do', async () => {
      const script = `const kept = [];setInterval(() => kept.push(Buffer.alloc(8e6, 1)), 5)`
      const fact = await world.firstFact(await world.spec(script, { memoryBytes: 32 * 1024 * 1024 }))
      expect(fact).toMatchObject({
        kind: 'outOfMemory',
        todo: 'Give it more memory (container.memory), or find the leak.',
      })
      expect(fact.message).toContain('it had used up its memory')
    })

    it.each([
      ['another port', `.listen(4000)`, /listens on \S*:4000, not on 0\.0\.0\.0:3000/, /run\.port: 4000/],
      [
        'the loopback alone',
        `.listen(3000, '127.0.0.1')`,
        /listens on 127\.0\.0\.1:3000/,
        /Listen on 0\.0\.0\.0/,
      ],
    ])('with where it really listens, when that is %s', async (_, listen, message, todo) => {
      const script = good.replace('.listen(process.env.PORT)', listen)
      // Long enough for it to listen, wherever that is.
      const startup = { path: '/readyz', periodMs: 1_000, timeoutMs: 1_000, failures: 6 }
      const fact = await world.firstFact(await world.spec(script, {}, { startup }))
      expect(fact.kind).toBe('neverReady')
      expect(fact.message).toMatch(message)
      expect(fact.todo).toMatch(todo)
    })

    it('with its command, when its init cannot find that', async () => {
      const fact = await world.firstFact(await world.spec('', { command: ['nodejs', 'main.js'] }))
      expect(fact.message).toContain('exited with code 127')
      expect(fact.todo).toBe(
        'Is the command there, and may it be run by that user? The container runs nodejs main.js.',
      )
    })

    it('as one that listens nowhere', async () => {
      const startup = { path: '/readyz', periodMs: 500, timeoutMs: 500, failures: 2 }
      const fact = await world.firstFact(await world.spec(quiet, {}, { startup }))
      expect(fact.message).toMatch(/the container is alive \(container \w{12}\) and listens on no TCP port/)
    })
  })

  describe('cannot be started, and nothing is left of it,', () => {
    afterEach(async () => {
      const { out } = await world.engine.docker(['ps', '-aq'])
      expect(out).toBe('')
    })

    it('when its command is not in the image', async () => {
      const spec = await world.spec('', { init: false, command: ['nodejs', 'main.js'] })
      await expect(world.scale(spec, 1)).rejects.toMatchObject({
        code: 'START_FAILED',
        message: 'the container cannot run "nodejs": it is not in the PATH of the image',
      })
    })

    it('when its command line wants a shell that is not there', async () => {
      const spec = await world.spec('', { init: false, command: ['/bin/sh', '-c', 'node main.js'] })
      await expect(world.scale(spec, 1)).rejects.toMatchObject({
        code: 'START_FAILED',
        message: 'the container cannot run "/bin/sh": no such file or directory',
      })
    })

    it('when neither the image nor sluice.yaml names a command', async () => {
      await buildImage(world, 'silent', 'FROM node:24-slim\nCMD []\n')
      const image = (await world.engine.ask('/images/silent/json')).body.Id
      await expect(world.scale(await world.spec('', { image, command: null }), 1)).rejects.toMatchObject({
        code: 'START_FAILED',
        message: 'the image of r1 names no command to run',
      })
    })

    it.each([[['nowhere']], [['bridge', 'nowhere']]])('when a network is not there: %j', async (networks) => {
      await expect(world.scale(await world.spec(good, { networks }), 1)).rejects.toMatchObject({
        code: 'START_FAILED',
        message: 'the engine has no network nowhere',
        todo: 'Make it first: docker network create nowhere',
      })
    })

    it('when a folder that it is to see is not there', async () => {
      const volumes = [{ source: '/no/such/folder', path: '/conf', readOnly: true }]
      await expect(world.scale(await world.spec(good, { volumes }), 1)).rejects.toMatchObject({
        code: 'START_FAILED',
        message: expect.stringContaining('/no/such/folder'),
      })
    })
  })

  it('touches no container that has its name already, and says whose it is', async () => {
    const { out } = await world.engine.docker([
      ...['run', '-d', '--name', 'shop-production-r1-0-1', 'node:24-slim', 'node', '-e', quiet],
    ])
    try {
      await expect(world.scale(await world.spec(good), 1)).rejects.toMatchObject({
        code: 'NAME_TAKEN',
        message: `the name shop-production-r1-0-1 is taken by the container ${out.slice(0, 12)}, which Sluice did not make`,
      })
      const { State } = (await world.engine.ask('/containers/shop-production-r1-0-1/json')).body
      expect(State.Running).toBe(true)
    } finally {
      await world.engine.docker(['rm', '-f', 'shop-production-r1-0-1'])
    }
  })

  it('is as ready as the HEALTHCHECK of its image says, where readiness has no path', async () => {
    const check = `process.exit(require('node:fs').existsSync('/tmp/well') ? 0 : 1)`
    await buildImage(
      world,
      'checked',
      `FROM node:24-slim\nHEALTHCHECK --interval=200ms --timeout=5s --retries=1 CMD ["node", "-e", "${check}"]\n`,
    )
    const image = (await world.engine.ask('/images/checked/json')).body.Id
    const script = answering(`url === '/well' ? fs.writeFileSync('/tmp/well', '') : fs.rmSync('/tmp/well')`)
    const probe = { periodMs: 50, timeoutMs: 1_000, failures: 2 }
    const spec = await world.spec(
      script,
      { image },
      { startup: { ...probe, failures: 1_200 }, readiness: probe, liveness: { ...probe, periodMs: 60_000 } },
    )
    await world.scale(spec, 1)
    const { instances } = await world.until(({ instances: [one] }) => one?.address != null)
    await world.text(instances[0]!, '/well').catch(() => {})
    await expect
      .poll(() => world.text(instances[0]!, '/well').catch(() => 'not yet'), { timeout: 30_000 })
      .toBe('undefined')
    await world.until(({ instances: [one] }) => one?.state === 'ready')
    await world.text(instances[0]!, '/ill')
    const { facts } = await world.until(({ instances: [one] }) => one?.state === 'unready')
    await world.until(({ facts: seen }) => seen.length > facts.length || seen.length > 0)
    expect((await world.observe()).facts[0]?.message).toContain('the HEALTHCHECK of the image says unhealthy')
  })
})

async function buildImage({ engine, root }: DockerWorld, tag: string, dockerfile: string) {
  const folder = join(root, `build-${tag}`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'Dockerfile'), dockerfile)
  return engine.docker(['build', '-q', '-t', tag, folder])
}

/** Files below a folder that hold this text. */
async function holding(folder: string, text: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const found = await Promise.all(
    files.map(async (file) => ((await readFile(file, 'utf8')).includes(text) ? [file] : [])),
  )
  return found.flat()
}
