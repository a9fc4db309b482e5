import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { credentialsFor } from './registry-credentials.ts'

let folder: string
let env: NodeJS.ProcessEnv
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-credentials-'))
  env = { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env.PATH}` }
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const auth = (text: string) => Buffer.from(text).toString('base64')

it('has none where nobody has logged in', async () => {
  expect(await credentialsFor('ghcr.io/acme/shop:1', env)).toBeNull()
})

it('reads what `docker login` wrote, for the registry of the image alone', async () => {
  await configure({ auths: { 'ghcr.io': { auth: auth('ann:pass:word') } } })
  expect(await credentialsFor('ghcr.io/acme/shop:1', env)).toEqual({
    username: 'ann',
    password: 'pass:word',
    serveraddress: 'ghcr.io',
  })
  expect(await credentialsFor('quay.io/acme/shop:1', env)).toBeNull()
  expect(await credentialsFor('acme/shop:1', env)).toBeNull()
})

it('knows a registry that was written down with a scheme and a path', async () => {
  await configure({
    auths: {
      'https://r.example:5000/v1/': { auth: auth('ann:a') },
      'https://index.docker.io/v1/': { auth: auth('bob:b') },
    },
  })
  expect(await credentialsFor('r.example:5000/shop', env)).toMatchObject({ username: 'ann' })
  expect(await credentialsFor('shop', env)).toMatchObject({ username: 'bob' })
  expect(await credentialsFor('docker.io/acme/shop', env)).toMatchObject({ username: 'bob' })
})

it('takes a token in place of a password', async () => {
  await configure({ auths: { 'r.example': { identitytoken: 'abc' } } })
  expect(await credentialsFor('r.example/shop', env)).toEqual({
    identitytoken: 'abc',
    serveraddress: 'r.example',
  })
})

it('asks the helper of the registry, and has none where it knows nothing', async () => {
  const helper = join(folder, 'docker-credential-test')
  await writeFile(
    helper,
    `#!/bin/sh\nread -r registry\n[ "$registry" = r.example ] && echo '{"Username":"ann","Secret":"s"}' || exit 1\n`,
  )
  await chmod(helper, 0o755)
  await configure({ credsStore: 'test' })
  expect(await credentialsFor('r.example/shop', env)).toMatchObject({ username: 'ann', password: 's' })
  expect(await credentialsFor('other.example/shop', env)).toBeNull()
  await configure({ credsStore: 'missing' })
  expect(await credentialsFor('r.example/shop', env)).toBeNull()
})

function configure(config: object): Promise<void> {
  return writeFile(join(folder, 'config.json'), JSON.stringify(config))
}
