import { expect, test } from 'vitest'
import { validateTable } from './table-check.ts'

/** A right table, which each test makes wrong in one place. */
function right() {
  return {
    schema: 1,
    epoch: 3,
    environments: [
      {
        name: 'shop/production',
        hosts: ['shop.test', '[::1]'],
        pathPrefix: '/api',
        preview: { hosts: ['preview--shop.test'], token: 'secret-secret-secret', release: 'r8' },
        weightEpoch: 2,
        sticky: { salt: 'rel42', header: 'X-User' },
        releases: [
          { id: 'r8', weight: 500, instances: [] as unknown[] },
          {
            id: 'r7',
            weight: 9_500,
            instances: [{ id: 'r7.1', host: '127.0.0.1', port: 4000, state: 'serving' }],
          },
        ],
        maxBodyBytes: null as number | null,
        firstByteTimeoutMs: 30_000,
        hold: { maxRequests: 10, maxWaitMs: 1_000, healthPath: '/healthz' },
      },
    ],
  }
}
type Right = ReturnType<typeof right>

test('hands back a table that can be served', () => {
  const table = right()
  expect(validateTable(table)).toBe(table)
  expect(validateTable({ schema: 1, epoch: 0, environments: [] })).toMatchObject({ epoch: 0 })
})

test.each<[string, (table: Right) => unknown, string]>([
  ['no object', () => 7, 'table should be an object, and is 7'],
  ['an epoch below 0', (table) => ({ ...table, epoch: -1 }), 'epoch should be a whole number'],
  [
    'a sum of weights',
    ({ environments: [e] }) => (e!.releases[0]!.weight = 499),
    'weights that sum to 10000',
  ],
  [
    'a host by name',
    ({ environments: [e] }) =>
      (e!.releases[0]!.instances = [{ id: 'x', host: 'localhost', port: 1, state: 'serving' }]),
    'instances[0].host should be an IP address',
  ],
  [
    'an instance twice',
    ({ environments: [e] }) => (e!.releases[0]!.instances = [...e!.releases[1]!.instances]),
    'instances[0].id should be a name of its own',
  ],
  [
    'an unknown state',
    ({ environments: [e] }) =>
      (e!.releases[0]!.instances = [{ id: 'x', host: '::1', port: 1, state: 'warm' }]),
    'state should be serving, draining or closing',
  ],
  [
    'a port',
    ({ environments: [e] }) =>
      (e!.releases[0]!.instances = [{ id: 'x', host: '::1', port: 70_000, state: 'serving' }]),
    'a port from 1 to 65535',
  ],
  ['a path', ({ environments: [e] }) => (e!.pathPrefix = '/api/'), 'pathPrefix should be a path'],
  [
    'a host with a port',
    ({ environments: [e] }) => (e!.hosts = ['shop.test:80']),
    'hosts[0] should be a host name',
  ],
  [
    'two releases of one name',
    ({ environments: [e] }) => (e!.releases[0]!.id = 'r7'),
    'releases[1].id should be a name of its own',
  ],
  [
    'a weak token',
    ({ environments: [e] }) => (e!.preview.token = 'short'),
    'preview.token should be at least 16',
  ],
  [
    'a place taken',
    (table) => table.environments.push({ ...right().environments[0]!, name: 'other' }),
    'shop.test/api, which shop/production has',
  ],
])('refuses a table with %s wrong, and says where', (_, spoil, message) => {
  const table = right()
  const spoilt = spoil(table)
  const value =
    typeof spoilt === 'object' && spoilt !== null && 'epoch' in spoilt ? spoilt : spoilt === 7 ? 7 : table
  expect(() => validateTable(value)).toThrow(message)
})

test('a table of a later schema is too new, not wrong', () => {
  expect(() => validateTable({ schema: 2 })).toThrow(expect.objectContaining({ code: 'STATE_TOO_NEW' }))
})

test('a token is not shown in the message that refuses it', () => {
  const table = right()
  table.environments[0]!.preview.token = 'hunter2'
  expect(() => validateTable(table)).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
  )
})
