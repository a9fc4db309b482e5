import type { RequestListener } from 'node:http'
import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { trialOf } from '../running/trial.fixture.ts'
import { crossOrigin } from './cross-origin.ts'

const probed = (answer: RequestListener, files = {}) =>
  found(crossOrigin, files, { trial: trialOf({ answer }) })
const allows = (headers: (origin: string) => Record<string, string>): RequestListener => {
  return ({ headers: { origin = '' } }, response) => response.writeHead(200, headers(origin)).end()
}

it.each([
  ['nobody', () => ({})],
  ['one origin', () => ({ 'access-control-allow-origin': 'https://shop.example' })],
  ['everybody, without credentials', () => ({ 'access-control-allow-origin': '*' })],
])('passes where %s may read', async (_, headers) => {
  expect((await probed(allows(headers as () => Record<string, string>))).status).toBe('pass')
})

it.each([
  [
    'its own name',
    (origin: string) => ({ 'access-control-allow-origin': origin }),
    'https://evil.example may read',
  ],
  ['null', () => ({ 'access-control-allow-origin': 'null' }), 'from null: 200, null may read'],
  [
    'a star with credentials',
    () => ({ 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true' }),
    '* may read with credentials',
  ],
])('fails where a stranger is given %s', async (_, headers, says) => {
  const finding = await probed(allows(headers as (origin: string) => Record<string, string>))
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('sees an allow-list that only compares how a name begins', async () => {
  const files = {
    'sluice.yaml':
      'app: shop\nrun: { command: node server.js }\nenvironments:\n  production: { target: process, host: shop.example }\n',
  }
  const begins = (origin: string): Record<string, string> =>
    origin.startsWith('https://shop.example') ? { 'access-control-allow-origin': origin } : {}
  expect((await probed(allows(begins), files)).status).toBe('fail')
})

it('fails where only a route of the app gives the name back', async () => {
  const files = { 'server.js': "app.get('/api/me', me)\n" }
  const answer: RequestListener = ({ url, headers }, response) =>
    response.writeHead(200, url === '/api/me' ? { 'access-control-allow-origin': headers.origin! } : {}).end()
  expect((await probed(answer, files)).status).toBe('fail')
})

it('is not known as long as the app was not started, or where it does not answer', async () => {
  expect((await found(crossOrigin, {})).status).toBe('unknown')
  expect((await probed((request) => request.socket.destroy())).status).toBe('unknown')
})
