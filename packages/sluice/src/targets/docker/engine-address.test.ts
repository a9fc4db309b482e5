import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { engineAddress } from './engine-address.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-address-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('is this machine’s own socket when nothing is said', () => {
  expect(engineAddress({ HOME: folder })).toMatchObject({
    address: 'unix:///var/run/docker.sock',
    isLocal: true,
    host: '127.0.0.1',
    options: { socketPath: '/var/run/docker.sock', host: undefined },
  })
})

it('opens the socket that DOCKER_HOST names', () => {
  const { options, isLocal } = engineAddress({ DOCKER_HOST: 'unix:///run/user/1000/docker.sock' })
  expect(options.socketPath).toBe('/run/user/1000/docker.sock')
  expect(isLocal).toBe(true)
})

it.each([
  ['tcp://10.0.0.5:2375', '10.0.0.5', '2375', '10.0.0.5'],
  ['tcp://build.example', 'build.example', '2375', 'build.example'],
  ['10.0.0.5:4000', '10.0.0.5', '4000', '10.0.0.5'],
  ['tcp://[fd00::5]:2375', '[fd00::5]', '2375', 'fd00::5'],
])('reaches %s over tcp, and what it publishes at the same host', (said, host, port, reached) => {
  expect(engineAddress({ DOCKER_HOST: said })).toMatchObject({
    address: said,
    isLocal: false,
    host: reached,
    options: { host, port, protocol: 'http', socketPath: undefined, ca: undefined },
  })
})

it('reads the certificates where TLS is asked for', async () => {
  for (const name of ['ca', 'cert', 'key']) await writeFile(join(folder, `${name}.pem`), `the ${name}`)
  const env = { DOCKER_HOST: 'tcp://10.0.0.5', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder }
  expect(engineAddress(env).options).toMatchObject({
    ...{ host: '10.0.0.5', port: '2376', protocol: 'https' },
    ...{ ca: 'the ca', cert: 'the cert', key: 'the key' },
  })
})

it('names the certificate that cannot be read', () => {
  const env = { DOCKER_HOST: 'tcp://10.0.0.5:2376', DOCKER_CERT_PATH: folder }
  expect(() => engineAddress(env)).toThrow(
    `the engine wants TLS, and ${folder}/ca.pem cannot be read (ENOENT)`,
  )
})

it.each(['ftp://10.0.0.5', 'tcp://', 'unix:/run/docker.sock', 'what is this'])(
  'says so when DOCKER_HOST is %s',
  (said) => {
    expect(() => engineAddress({ DOCKER_HOST: said })).toThrow(
      `DOCKER_HOST is "${said}", which names no engine`,
    )
  },
)
