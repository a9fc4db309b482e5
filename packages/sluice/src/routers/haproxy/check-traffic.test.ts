import { expect, test } from 'vitest'
import type { Traffic } from '../router.ts'
import { checkTraffic } from './check-traffic.ts'
import { trafficTo } from './lab.fixture.ts'

const at = { host: '127.0.0.1', port: 3000 }
const token = '0123456789abcdef'
const fine = trafficTo({ r1: at })
const hostile = ['a b', 'a\nb', 'a"b', "a'b", 'a;b', 'a#b', 'a\\b', 'a|b', 'a{b', '', '$a', 'a\0b']

test('takes what the engine says', () => {
  expect(() => checkTraffic(fine)).not.toThrow()
  const preview = { hosts: ['preview--shop.localhost'], token }
  const more = { pathPrefix: '/api/v1', preview, sticky: { header: 'X-User' }, maxBodyBytes: 0 }
  expect(() => checkTraffic(trafficTo({ 'drill-r7': at }, { settings: more }))).not.toThrow()
})

test.each(hostile)('refuses %j wherever it would get into a file of HAProxy', (text) => {
  const preview = (hosts: string[], secret: string) => ({ settings: { preview: { hosts, token: secret } } })
  const cases: Traffic[] = [
    trafficTo({ r1: at }, { settings: { hosts: [text] } }),
    trafficTo({ r1: at }, { settings: { pathPrefix: `/${text}/` } }),
    trafficTo({ r1: at }, { settings: { sticky: { header: text } } }),
    trafficTo({ r1: at }, preview([text], token)),
    trafficTo({ r1: at }, preview(['a'], `${token}${text}\n`)),
    trafficTo({ [text]: at }),
    trafficTo({ r1: { host: text, port: 1 } }),
    trafficTo({ r1: at }, { previewRelease: text }),
    trafficTo({ r1: at }, { drill: { token: `${token}\n`, release: 'r2', errorShare: 0, delayMs: 0 } }),
    trafficTo({ r1: at }, { drill: { token, release: `${text}\n`, errorShare: 0, delayMs: 0 } }),
  ]
  for (const traffic of cases) expect(() => checkTraffic(traffic)).toThrow(/HAProxy cannot route/)
})

test.each<[string, Partial<Traffic>]>([
  ['shares that are no whole', { weights: { r1: 9_999 } }],
  ['a share of nobody', { weights: { r9: 10_000 } }],
  ['a share in pieces', { weights: { r1: 10_000.5 } }],
  ['an epoch of words', { weightEpoch: '1|0' as never }],
])('refuses %s', (_, more) => {
  expect(() => checkTraffic(trafficTo({ r1: at }, more))).toThrow(/HAProxy cannot route/)
})
