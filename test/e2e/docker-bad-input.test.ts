import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commanded } from '../lab/command.ts'
import type { Engine } from '../lab/engine.ts'
import { engineWithNode, missing } from './docker-world.ts'
import { openYard, quick, type Yard } from './yard.ts'

let yard: Yard

describe.skipIf(missing !== null)('a person who deploys containers is told in one clear error', () => {
  beforeAll(async () => {
    const { host } = await engineWithNode()
    yard = await openYard({ place: { target: 'docker', router: 'embedded', engine: host } })
  })
  afterAll(() => yard.close())

  beforeEach(async () => {
    await rm(yard.app, { recursive: true })
    await cp('examples/node', yard.app, { recursive: true })
    await yard.configure({ strategy: quick['blue-green'], instances: 1 })
  })

  // Nothing is left of what was refused, beside what runs.
  afterEach(async () => {
    const engine = await engineWithNode()
    const { out } = await engine.docker([
      'ps',
      '-aq',
      '--filter',
      'label=sluice.home',
      '--filter',
      'status=created',
    ])
    expect(out).toBe('')
  })

  it('that there is no Dockerfile, and what to write', async () => {
    await rm(join(yard.app, 'Dockerfile'))
    const said = await refused(2)
    expect(said).toContain('an image is built from Dockerfile, and the folder has no such file')
    expect(said).toContain('image: NAME')
  })

  it('what a failing RUN printed, and where all of it is', async () => {
    const engine = await engineWithNode()
    const run =
      'RUN ["node", "-e", "console.log(\'done\'); console.error(\'no such module\'); process.exit(3)"]'
    await writeFile(join(yard.app, 'Dockerfile'), `FROM node:24-slim\n${run}\n`)
    const said = await refused(4)
    expect(said).toContain('Dockerfile cannot be built')
    expect(said).toContain('no such module')
    expect(said).toMatch(/^ *done$/m)
    const log = /See all that it printed: (\S+build\.log)/.exec(said)?.[1] ?? ''
    expect(await readdir(join(log, '..'))).toEqual(['build.log'])
    expect((await engine.docker(['images', '-q', 'sluice/shop'])).out).toBe('')
  })

  it('that a Dockerfile copies what is not there, or is none at all', async () => {
    await writeFile(join(yard.app, 'Dockerfile'), 'FROM node:24-slim\nCOPY nowhere ./\n')
    expect(await refused(4)).toMatch(/nowhere.*not found/)
    await writeFile(join(yard.app, 'Dockerfile'), 'FORM node:24-slim\n')
    expect(await refused(4)).toMatch(/unknown instruction: FORM/i)
  })

  it('what a container that ends at once said last, and goes on with what runs', async () => {
    await yard.deploy()
    const before = (await yard.get('/')).release
    const app = `console.error('no database at db:5432'); process.exit(7)`
    await writeFile(join(yard.app, 'src/main.js'), app)
    const { code, out, err } = await yard.sluice(['deploy'])
    expect(code).toBe(10)
    expect(out + err).toContain('exited with code 7')
    expect(out + err).toContain('no database at db:5432')
    expect(await yard.get('/')).toMatchObject({ status: 200, release: before })
  })

  it('that the engine has no such image', async () => {
    await yard.configure({ strategy: quick['blue-green'] }, { image: '127.0.0.1:1/acme/shop:9' })
    const said = await refused(4)
    expect(said).toContain('127.0.0.1:1/acme/shop:9')
  })

  it('that an image is for another machine, and keeps no name for it', async () => {
    const engine = await engineWithNode()
    await foreignImage(engine, 'foreign:1')
    await yard.configure({ strategy: quick['blue-green'] }, { image: 'foreign:1' })
    const format = ['--format', '{{.Tag}} {{.ID}}']
    const named = async () => (await engine.docker(['images', 'sluice/shop', ...format])).out
    const before = await named()
    expect(await refused(4)).toMatch(/foreign:1 is for linux\/s390x, and the engine at .* runs linux\/\w+/)
    expect(await named()).toBe(before)
  })

  it('that the name of its container is somebody else’s, whose stays as it is, and goes on with another', async () => {
    const engine = await engineWithNode()
    await yard.configure({ host: 'taken.localhost', instances: 1 }, { app: 'taken' })
    const held = ['--name', 'taken-production-r1-0-1', '--label', 'mine=1', 'node:24-slim']
    await engine.docker(['create', ...held])
    try {
      const { code, out, err } = await yard.sluice(['deploy'])
      expect(code).toBe(0)
      expect(out + err).toContain('the name taken-production-r1-0-1 is taken by the container')
      const { Config } = (await engine.ask('/containers/taken-production-r1-0-1/json')).body
      expect(Config.Labels).toEqual({ mine: '1' })
    } finally {
      await engine.docker(['rm', 'taken-production-r1-0-1'])
    }
  })

  it('copies what .dockerignore leaves, with its exceptions, and folders that are empty', async () => {
    const ignore = ['*', '!src', '!kept', '!empty', 'src/**/*.secret', '!src/open.secret', '# a comment', '']
    await writeFile(join(yard.app, '.dockerignore'), ignore.join('\n'))
    for (const folder of ['kept/deep', 'empty', 'left-out'])
      await mkdir(join(yard.app, folder), { recursive: true })
    for (const file of ['src/a.secret', 'src/open.secret', 'kept/deep/b', 'left-out/c', 'd'])
      await writeFile(join(yard.app, file), file)
    const list = `require('node:http').createServer((_, answer) => answer.end(JSON.stringify(require('node:fs').readdirSync('/app', { recursive: true }).sort()))).listen(3000)`
    await writeFile(
      join(yard.app, 'Dockerfile'),
      `FROM node:24-slim\nWORKDIR /app\nCOPY . .\nRUN ["node", "-e", "console.log(require('node:fs').readdirSync('.', { recursive: true }).join())"]\nCMD ${JSON.stringify(['node', '-e', `process.on('SIGTERM', () => process.exit(0));${list}`])}\n`,
    )
    await yard.configure({ strategy: quick['blue-green'], instances: 1 }, { health: {} })
    const { rollout } = await yard.deploy()
    expect(rollout.status).toBe('succeeded')
    const found = JSON.parse((await yard.get('/')).text) as string[]
    const files = found.filter((path) => !path.startsWith('src/') || path.endsWith('.secret'))
    expect(files).toEqual([
      'Dockerfile',
      'empty',
      'kept',
      'kept/deep',
      'kept/deep/b',
      'src',
      'src/open.secret',
    ])
  })
})

describe.skipIf(missing !== null)('a person without an engine', () => {
  afterEach(() => yard.close())

  it('is told that none answers there, and what to start', async () => {
    const engine = `unix://${tmpdir()}/no-engine-${process.pid}.sock`
    yard = await openYard({ place: { target: 'docker', router: 'embedded', engine } })
    await yard.configure({ strategy: quick['blue-green'] })
    const said = await refused(4)
    expect(said).toContain(`no Docker Engine answers at ${engine} (ENOENT)`)
    expect(said).toContain('set DOCKER_HOST')
  })

  it('is told that DOCKER_HOST names none', async () => {
    yard = await openYard({ place: { target: 'docker', router: 'embedded', engine: 'ftp://somewhere' } })
    await yard.configure({ strategy: quick['blue-green'] })
    expect(await refused(4)).toContain('DOCKER_HOST is "ftp://somewhere", which names no engine')
  })
})

describe.skipIf(missing !== null)('a user without rights', () => {
  it('may not use its socket, and is told who may', async () => {
    const { socket } = await engineWithNode()
    const folder = await mkdtemp(join(tmpdir(), 'sluice-nobody-'))
    await chmod(folder, 0o777)
    try {
      const code = `import { openEngine } from ${JSON.stringify(join(process.cwd(), 'packages/sluice/src/targets/docker/engine.ts'))}
        openEngine({ DOCKER_HOST: 'unix://${socket}', HOME: ${JSON.stringify(folder)} }).about().then(() => console.log('allowed'), ({ code, message }) => console.log(code + ': ' + message))`
      await chmod(join(socket, '..'), 0o755)
      const said = await commanded('setpriv', [
        ...['--reuid', '65534', '--regid', '65534', '--clear-groups'],
        ...[process.execPath, '--input-type=module', '-e', code],
      ])
      expect(said).toBe(`ENGINE_UNREACHABLE: this user may not open the Docker socket unix://${socket}`)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

/** Deploys; everything that a person reads of the refusal. */
async function refused(exitCode: number): Promise<string> {
  const { code, out, err } = await yard.sluice(['deploy'])
  expect(code, out + err).toBe(exitCode)
  expect(out + err).not.toMatch(/^\s+at .*\.(?:ts|js)/m)
  expect(await readdir(join(yard.home, 'apps/shop/releases')).catch(() => [])).not.toContain('files')
  return out + err
}

/** An image that says it is for a machine which this is not. */
async function foreignImage(engine: Engine, tag: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-foreign-'))
  try {
    const [content, image] = [join(folder, 'content'), join(folder, 'image')]
    await mkdir(content)
    await mkdir(image)
    await commanded('tar', ['-cf', join(folder, 'content.tar'), '-C', content, '.'])
    await engine.docker(['import', '-', tag], { inputFile: join(folder, 'content.tar') })
    await engine.docker(['save', '-o', join(folder, 'image.tar'), tag])
    await commanded('tar', ['-xf', join(folder, 'image.tar'), '-C', image])
    const [{ Config }] = JSON.parse(await readFile(join(image, 'manifest.json'), 'utf8'))
    const config = JSON.parse(await readFile(join(image, Config), 'utf8'))
    await writeFile(join(image, Config), JSON.stringify({ ...config, architecture: 's390x' }))
    await commanded('tar', ['-cf', join(folder, 'again.tar'), '-C', image, '.'])
    const { code, err } = await engine.docker(['load'], { inputFile: join(folder, 'again.tar') })
    expect(code, err).toBe(0)
  } finally {
    await rm(folder, { recursive: true })
  }
}
