import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../packages/sluice/src/host/free-port.ts'
import { openDockerTarget } from '../../packages/sluice/src/targets/docker/docker.ts'
import { openEngine as openClient } from '../../packages/sluice/src/targets/docker/engine.ts'
import { command, commanded, missingPrograms } from '../lab/command.ts'
import { type Engine, openEngine } from '../lab/engine.ts'
import { nodeImage } from '../lab/images.ts'
import { engineWithNode, environment, good, missing, openDockerWorld } from './docker-world.ts'
import { openYard, quick } from './yard.ts'

let folder: string
let own: Engine | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-hosts-'))
})
afterEach(async () => {
  await own?.close()
  own = undefined
  await rm(folder, { recursive: true, force: true })
})

describe.skipIf(missing !== null)('an engine elsewhere', () => {
  it.skipIf(missingPrograms(['openssl']).length > 0)(
    'is spoken to by tcp with TLS, and reached at the ports that it publishes',
    async () => {
      const port = await freePort()
      await certificates(folder)
      const tls = [
        '--tlsverify',
        '--tlscacert',
        'ca.pem',
        '--tlscert',
        'server.pem',
        '--tlskey',
        'server-key.pem',
      ]
      const files = tls.map((word) => (word.endsWith('.pem') ? join(folder, word) : word))
      own = await openEngine({ flags: ['--host', `tcp://127.0.0.1:${port}`, ...files] })
      await nodeImage(own)
      const env = { DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder }
      await isServed(env)
      expect(openClient(env).isLocal).toBe(false)

      await certificates(join(folder, 'foreign'))
      const foreign = openClient({ ...env, DOCKER_CERT_PATH: join(folder, 'foreign') })
      await expect(foreign.about()).rejects.toMatchObject({
        code: 'ENGINE_UNREACHABLE',
        message: expect.stringContaining('no secure connection to the Docker Engine at tcp://127.0.0.1'),
      })
      const plain = openClient({ DOCKER_HOST: env.DOCKER_HOST })
      await expect(plain.about()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' })
    },
  )

  // A stand-in for `ssh`: what it is told, and that a conversation goes through it. No sshd is part of this.
  it('is spoken to by ssh, through the user’s own program', async () => {
    const { host } = await engineWithNode()
    const told = join(folder, 'told')
    await writeFile(
      join(folder, 'ssh'),
      `#!/bin/sh\necho "$*" >> ${told}\nexec docker --host ${host} system dial-stdio\n`,
    )
    await chmod(join(folder, 'ssh'), 0o755)
    const env = { PATH: `${folder}:${process.env.PATH}`, DOCKER_HOST: 'ssh://deploy@127.0.0.1:2222' }
    await isServed(env)
    expect((await readFile(told, 'utf8')).split('\n')[0]).toBe(
      '-T -o BatchMode=yes -o ConnectTimeout=15 -l deploy -p 2222 -- 127.0.0.1 docker system dial-stdio',
    )
  })

  it('says what ssh said when that fails', async () => {
    await writeFile(join(folder, 'ssh'), `#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n`)
    await chmod(join(folder, 'ssh'), 0o755)
    const env = { PATH: `${folder}:${process.env.PATH}`, DOCKER_HOST: 'ssh://deploy@host.example' }
    await expect(openClient(env).about()).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      message: 'no Docker Engine answers at ssh://deploy@host.example (Permission denied (publickey).)',
    })
  })
})

describe.skipIf(missing !== null)('an engine whose disk is full', () => {
  it('is named as such, and what runs goes on', async () => {
    const disk = join(folder, 'disk')
    await mkdir(disk)
    await commanded('mount', ['-t', 'tmpfs', '-o', 'size=700m', 'sluice-test', disk])
    try {
      own = await openEngine({ flags: ['--data-root', disk] })
      await nodeImage(own)
      const yard = await openYard({ place: { target: 'docker', router: 'embedded', engine: own.host } })
      try {
        await yard.configure({ strategy: quick['blue-green'], instances: 1 })
        await yard.deploy()
        await command('dd', ['if=/dev/zero', `of=${join(disk, 'ballast')}`, 'bs=1M'])
        await yard.edit('second')
        const { code, out, err } = await yard.sluice(['deploy'])
        expect(code, out + err).toBe(4)
        expect(out + err).toContain('no space left on device')
        expect(out + err).toContain('docker system df')
        expect(await yard.get('/')).toMatchObject({ status: 200, release: 'r1' })

        await rm(join(disk, 'ballast'))
        expect((await yard.deploy()).rollout).toMatchObject({ status: 'succeeded' })
      } finally {
        await yard.close()
      }
      await own.close()
      own = undefined
    } finally {
      await commanded('umount', ['--lazy', disk])
    }
  })
})

/** One instance is started on that engine, answers where it says, and goes. */
async function isServed(env: NodeJS.ProcessEnv): Promise<void> {
  const engine = openClient(env)
  const world = await openDockerWorld(own === undefined ? {} : { engine: own })
  const target = openDockerTarget({ root: join(folder, 'root'), engine })
  try {
    const spec = await world.spec(good)
    await target.scale({ spec, count: 1, fence: { token: 1, effect: 1 } })
    const one = async () => (await target.observe(environment)).releases.r1!.instances[0]
    await expect.poll(async () => (await one())?.state, { timeout: 60_000 }).toBe('ready')
    const { address } = (await one())!
    expect(address!.host).toBe('127.0.0.1')
    expect(await (await fetch(`http://127.0.0.1:${address!.port}/`)).text()).toBe('ok')
    await target.scale({ spec, count: 0, fence: { token: 1, effect: 2 } })
  } finally {
    await target.close()
    await world.close()
  }
}

/** An authority, and what it has signed for a server on 127.0.0.1 and for a client. */
async function certificates(at: string): Promise<void> {
  await mkdir(at, { recursive: true })
  const openssl = (...args: string[]) => commanded('openssl', args)
  const file = (name: string) => join(at, name)
  const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', file(name)]
  await openssl(
    'req',
    '-x509',
    ...key('ca-key.pem'),
    '-out',
    file('ca.pem'),
    '-days',
    '1',
    '-subj',
    '/CN=authority',
  )
  await writeFile(file('server.ext'), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n')
  await writeFile(file('client.ext'), 'extendedKeyUsage=clientAuth\n')
  for (const [who, keyFile, out] of [
    ['server', 'server-key.pem', 'server.pem'],
    ['client', 'key.pem', 'cert.pem'],
  ] as const) {
    await openssl('req', ...key(keyFile), '-out', file(`${who}.csr`), '-subj', `/CN=${who}`)
    const authority = ['-CA', file('ca.pem'), '-CAkey', file('ca-key.pem'), '-CAcreateserial']
    const request = ['-in', file(`${who}.csr`), '-extfile', file(`${who}.ext`), '-days', '1']
    await openssl('x509', '-req', ...authority, ...request, '-out', file(out))
  }
}
