import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEngine } from '../../packages/sluice/src/targets/docker/engine.ts'
import { releaseImages } from '../../packages/sluice/src/targets/docker/release-image.ts'
import type { Engine } from '../lab/engine.ts'
import { openRegistry, type Registry, whyNoRegistry } from '../lab/registry.ts'
import { engineWithNode } from './docker-world.ts'
import { openYard, quick } from './yard.ts'

const lacking = whyNoRegistry()
if (lacking !== null) console.log(`skipped: images of registries: ${lacking}`)

let opened: Promise<Registry> | undefined
function registry(): Promise<Registry> {
  opened ??= openRegistry()
  return opened
}
afterAll(async () => (await opened)?.close())

let folder: string
let engine: Engine
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-images-'))
  await mkdir(join(folder, 'app'))
  await writeFile(join(folder, 'app/README.md'), 'an app')
})
afterEach(async () => {
  await engine.docker(['rmi', '-f', 'sluice/images:r1', 'sluice/images:r2'])
  await rm(folder, { recursive: true, force: true })
})

describe.skipIf(lacking !== null)('image: of a registry', () => {
  beforeEach(async () => {
    engine = await engineWithNode()
  })

  it('is deployed by what its tag means now, and gone back to by what it meant then', async () => {
    const { host } = await registry()
    const image = `${host}/acme/moving:1`
    const yard = await openYard({ place: { target: 'docker', router: 'embedded', engine: engine.host } })
    try {
      await push(image, 'one')
      const health = { readiness: { path: '/readyz' } }
      await yard.configure({ strategy: quick['blue-green'], instances: 1 }, { image, health })
      expect((await yard.deploy()).rollout.status).toBe('succeeded')
      expect((await yard.get('/')).text).toBe('one')

      await push(image, 'two')
      expect((await yard.deploy()).rollout.status).toBe('succeeded')
      expect((await yard.get('/')).text).toBe('two')

      const back = await yard.sluice(['rollback'])
      expect(back.code, back.out + back.err).toBe(0)
      expect((await yard.get('/')).text).toBe('one')

      const again = await yard.sluice(['deploy', '--release', 'r2'])
      expect(again.code, again.out + again.err).toBe(0)
      expect((await yard.get('/')).text).toBe('two')
      expect(await idOf('sluice/shop:r2')).toBe(await idOf(image))

      await push(`${host}/acme/other:1`, 'other')
      const named = await yard.sluice(['deploy', '--image', `${host}/acme/other:1`])
      expect(named.code, named.out + named.err).toBe(0)
      expect((await yard.get('/')).text).toBe('other')
    } finally {
      await yard.close()
    }
  })

  it('takes one tag of it, and not all that there are', async () => {
    const { host } = await registry()
    await push(`${host}/acme/many:latest`, 'latest')
    await push(`${host}/acme/many:other`, 'other')
    await untag(`${host}/acme/many:latest`, `${host}/acme/many:other`)
    await prepare(`${host}/acme/many`)
    expect(await idOf(`${host}/acme/many:latest`)).toMatch(/^sha256:/)
    expect(await idOf(`${host}/acme/many:other`)).toBeUndefined()
  })

  it('is taken by its digest, from the engine where it has it', async () => {
    const { host } = await registry()
    const image = `${host}/acme/exact:1`
    await push(image, 'exact')
    const { RepoDigests, Id } = (await engine.ask(`/images/${image}/json`)).body
    await push(image, 'moved')
    expect((await prepare(RepoDigests[0])).image).toBe(Id)
  })

  it('says that it is not there, and leaves no name', async () => {
    const { host } = await registry()
    await expect(prepare(`${host}/acme/nothing:9`)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringContaining(`${host}/acme/nothing:9`),
    })
    expect(await idOf('sluice/images:r1')).toBeUndefined()
  })

  it('deploys nothing old when nobody can say whether the tag has moved', async () => {
    const gone = await openRegistry()
    const image = `${gone.host}/acme/away:1`
    await push(image, 'away')
    const [digest] = (await engine.ask(`/images/${image}/json`)).body.RepoDigests
    await gone.close()
    await expect(prepare(image)).rejects.toMatchObject({ todo: expect.stringContaining(`image: ${digest}`) })
    expect((await prepare(digest)).image).toBe(await idOf(image))
  })

  it('of which we have to be somebody is taken with what `docker login` has left', async () => {
    const open = await registry()
    await push(`${open.host}/acme/secret:1`, 'secret')
    const guard = await guarded(open.host, 'ann:pass:word')
    const image = `127.0.0.1:${(guard.address() as AddressInfo).port}/acme/secret:1`
    try {
      await expect(prepare(image)).rejects.toMatchObject({
        code: 'IMAGE_NOT_FOUND',
        todo: expect.stringContaining('docker login'),
      })
      const auth = Buffer.from('ann:pass:word').toString('base64')
      const auths = { [image.split('/')[0]!]: { auth } }
      await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }))
      const id = await idOf(`${open.host}/acme/secret:1`)
      expect((await prepare(image)).image).toBe(id)

      await untag(image)
      await writeFile(join(folder, 'app/Dockerfile'), `FROM ${image}\nENV COLOR=green\n`)
      const again = { ...wish(), releaseFolder: join(folder, 'r2'), image: built('sluice/images:r2') }
      expect((await images().prepare(again)).image).toMatch(/^sha256:/)
      expect(await idOf(image)).toBe(id)
    } finally {
      guard.close()
    }
  })
})

describe.skipIf(lacking !== null)('images of the engine', () => {
  beforeEach(async () => {
    engine = await engineWithNode()
  })

  it('that were made there are asked of no registry', async () => {
    await build('127.0.0.1:1/acme/own:1', 'own')
    expect((await prepare('127.0.0.1:1/acme/own:1')).image).toBe(await idOf('127.0.0.1:1/acme/own:1'))
  })

  it('lose the name that we gave them when their release is removed, and no other', async () => {
    await build('mine:1', 'mine')
    await prepare('mine:1')
    const id = await idOf('mine:1')
    expect(await idOf('sluice/images:r1')).toBe(id)
    await images().remove(join(folder, 'r1'))
    expect(await idOf('sluice/images:r1')).toBeUndefined()
    expect(await idOf('mine:1')).toBe(id)
  })

  it('keep a name of ours that somebody has given to another one since', async () => {
    await build('mine:2', 'mine')
    await build('theirs:2', 'theirs')
    await prepare('mine:2')
    await engine.docker(['tag', 'theirs:2', 'sluice/images:r1'])
    await images().remove(join(folder, 'r1'))
    expect(await idOf('sluice/images:r1')).toBe(await idOf('theirs:2'))
  })

  it('that we have built go with their release, and stay while a container uses them', async () => {
    await writeFile(join(folder, 'app/Dockerfile'), dockerfile('built'))
    const { image } = await images().prepare({ ...wish(), image: built('sluice/images:r1') })
    expect((await engine.ask(`/images/${image}/json`)).body.Config.Labels).toEqual({
      'sluice.image': 'sluice/images:r1',
    })
    await engine.docker(['create', '--name', 'user', image!])
    await images().remove(join(folder, 'r1'))
    expect(await idOf(image!)).toBe(image)
    await engine.docker(['rm', 'user'])
    await images().prepare({
      ...wish(),
      image: built('sluice/images:r2'),
      releaseFolder: join(folder, 'r2'),
    })
    await images().remove(join(folder, 'r2'))
    expect(await idOf('sluice/images:r2')).toBeUndefined()
  })

  it('are built by a stage, with arguments, from the Dockerfile that is named', async () => {
    await mkdir(join(folder, 'app/docker'))
    await writeFile(
      join(folder, 'app/docker/web.Dockerfile'),
      `FROM node:24-slim AS web\nARG COLOR\nENV COLOR=$COLOR\nCOPY . /app\nFROM web AS other\nENV COLOR=none\n`,
    )
    // Named for the Dockerfile, so it is the one that counts.
    await writeFile(join(folder, 'app/docker/web.Dockerfile.dockerignore'), 'README.md\n')
    await writeFile(join(folder, 'app/.dockerignore'), '*\n')
    await writeFile(join(folder, 'app/kept'), 'kept')
    const how = { dockerfile: 'docker/web.Dockerfile', stage: 'web', args: { COLOR: 'green' } }
    const { image } = await images().prepare({
      ...wish(),
      image: { ...built('sluice/images:r1'), ...how },
    })
    const { Config } = (await engine.ask(`/images/${image}/json`)).body
    expect(Config.Env).toContain('COLOR=green')
    const list = ['node', '-p', `fs.readdirSync('/app').sort().join()`]
    expect((await engine.docker(['run', '--rm', image!, ...list])).out.trim()).toBe(
      '.dockerignore,docker,kept',
    )
  })
})

function images() {
  return releaseImages(
    openEngine({ PATH: process.env.PATH, DOCKER_HOST: engine.host, DOCKER_CONFIG: folder }),
  )
}

function wish() {
  return { from: join(folder, 'app'), releaseFolder: join(folder, 'r1'), build: null, data: [] }
}

function prepare(name: string) {
  return images().prepare({ ...wish(), image: { kind: 'named', name, keepAs: 'sluice/images:r1' } })
}

function built(name: string) {
  return { kind: 'built' as const, name, dockerfile: 'Dockerfile', stage: null, args: {} }
}

/** An app that answers this text. */
function dockerfile(text: string): string {
  const app = `process.on('SIGTERM', () => process.exit(0));require('node:http').createServer((_, answer) => answer.end('${text}')).listen(process.env.PORT)`
  return `FROM node:24-slim\nCMD ${JSON.stringify(['node', '-e', app])}\n`
}

async function build(tag: string, text: string): Promise<void> {
  const context = join(folder, 'context')
  await mkdir(context, { recursive: true })
  await writeFile(join(context, 'Dockerfile'), dockerfile(text))
  const { code, err } = await engine.docker(['build', '-q', '-t', tag, context])
  expect(code, err).toBe(0)
}

async function push(tag: string, text: string): Promise<void> {
  await build(tag, text)
  const { code, err } = await engine.docker(['push', '-q', tag])
  expect(code, err).toBe(0)
}

async function untag(...tags: string[]): Promise<void> {
  await engine.docker(['rmi', ...tags])
}

async function idOf(name: string): Promise<string | undefined> {
  return (await engine.ask(`/images/${name}/json`)).body.Id
}

/** A registry that wants to know who is there before another one that does not. */
async function guarded(host: string, who: string): Promise<Server> {
  const wanted = `Basic ${Buffer.from(who).toString('base64')}`
  const [hostname, port] = host.split(':')
  const server = createServer((asked, answer) => {
    if (asked.headers.authorization !== wanted) {
      answer.writeHead(401, { 'www-authenticate': 'Basic realm="acme"', 'content-type': 'application/json' })
      answer.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}')
      return
    }
    const { authorization, ...headers } = asked.headers
    const passed = request({ hostname, port, path: asked.url, method: asked.method, headers }, (found) => {
      answer.writeHead(found.statusCode!, found.headers)
      found.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    asked.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
