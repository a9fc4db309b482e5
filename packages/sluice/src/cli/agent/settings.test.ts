import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseListen, readSettings, rememberListen } from './settings.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sl-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

it('listens on this machine alone, on 8080, when nobody says otherwise', async () => {
  expect(await readSettings(home, {})).toEqual({
    listen: { host: '127.0.0.1', port: 8080 },
    haproxy: { listen: { host: '127.0.0.1', port: 8081 }, tls: null, binary: 'haproxy' },
    instances: { apply: null, timeoutMs: 10_000, waitMs: 5_000 },
  })
})

it('takes SLUICE_LISTEN before agent.yaml, and agent.yaml before where it listened the last time', async () => {
  await rememberListen(home, { host: '::', port: 81 })
  expect((await readSettings(home, {})).listen).toEqual({ host: '::', port: 81 })
  await writeFile(join(home, 'agent.yaml'), 'listen: 0.0.0.0:82\n')
  expect((await readSettings(home, {})).listen).toEqual({ host: '0.0.0.0', port: 82 })
  expect((await readSettings(home, { SLUICE_LISTEN: '83' })).listen).toEqual({ host: '127.0.0.1', port: 83 })
})

it('refuses an unknown key and says which one there is', async () => {
  await writeFile(join(home, 'agent.yaml'), 'port: 82\n')
  await expect(readSettings(home, {})).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    todo: expect.stringContaining('its keys are listen, haproxy.listen'),
  })
})

it('takes HAProxy from agent.yaml, with certificates beside it, and its address from SLUICE_HAPROXY_LISTEN', async () => {
  const text =
    'haproxy: { listen: 80, tls: { listen: 0.0.0.0:443, certificates: tls }, binary: /opt/haproxy }'
  await writeFile(join(home, 'agent.yaml'), text)
  expect((await readSettings(home, {})).haproxy).toEqual({
    listen: { host: '127.0.0.1', port: 80 },
    tls: { listen: { host: '0.0.0.0', port: 443 }, certificates: join(home, 'tls') },
    binary: '/opt/haproxy',
  })
  const { haproxy } = await readSettings(home, { SLUICE_HAPROXY_LISTEN: '81' })
  expect(haproxy.listen.port).toBe(81)
})

it('takes from agent.yaml how a list of instances is taken up, and then waits for nothing by itself', async () => {
  await writeFile(join(home, 'agent.yaml'), 'instances: { apply: [/opt/apply, --now], timeout: 3s }\n')
  const { instances } = await readSettings(home, {})
  expect(instances).toEqual({ apply: ['/opt/apply', '--now'], timeoutMs: 3_000, waitMs: 0 })
  await writeFile(join(home, 'agent.yaml'), 'instances: { apply: "/opt/apply --now" }\n')
  await expect(readSettings(home, {})).rejects.toMatchObject({
    details: [expect.stringMatching(/^instances\.apply/)],
  })
})

it('says where agent.yaml is not the one document that is wanted', async () => {
  await writeFile(join(home, 'agent.yaml'), 'listen: 82\n---\nlisten: 83\n')
  await expect(readSettings(home, {})).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    details: [expect.stringContaining('agent.yaml:2:1  one document was wanted, 2 found')],
  })
})

it.each(['', 'here', '70000', 'example.com:80', '1.2.3:80', '[::1]80'])(
  'refuses to listen on "%s"',
  (text) => {
    expect(() => parseListen(text)).toThrow(`listen wants a port, or an address and a port; found "${text}"`)
  },
)
