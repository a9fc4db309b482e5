import type { RequestListener } from 'node:http'
import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { trialOf } from '../../running/trial.fixture.ts'
import { rateLimit } from './rate-limit.ts'

const probed = (answer: RequestListener, files = {}) =>
  found(rateLimit, files, { trial: trialOf({ answer }) })
const refusingAfter = (most: number, headers: Record<string, string>): RequestListener => {
  let seen = 0
  return (_, response) => response.writeHead(++seen > most ? 429 : 200, seen > most ? headers : {}).end()
}
const middleware = { 'package.json': { name: 'shop', dependencies: { 'express-rate-limit': '^8.0.0' } } }
const gateway = {
  'kubernetes/ingress.yaml': 'metadata:\n  annotations:\n    nginx.ingress.kubernetes.io/limit-rps: "20"\n',
}

it('passes where a caller who asks too much is told to wait', async () => {
  const finding = await probed(refusingAfter(50, { 'retry-after': '10' }))
  expect(finding).toMatchObject({ status: 'pass', evidence: [{ says: '60 requests to /: 429 after 50' }] })
})

it('warns where it is not told for how long', async () => {
  expect((await probed(refusingAfter(50, {}))).status).toBe('warn')
})

it('fails where nobody is refused, and no limit is written down', async () => {
  const finding = await probed((_, response) => response.end())
  expect(finding).toMatchObject({
    status: 'fail',
    evidence: [{ says: '120 requests to /: none was refused' }],
  })
})

it.each([
  ['in the app', middleware, 'package.json'],
  ['at the gateway', gateway, 'kubernetes/ingress.yaml'],
])('warns of a limit %s that was not met, tried or not', async (_, files, file) => {
  const tried = await probed((_, response) => response.end(), files)
  expect(tried).toMatchObject({ status: 'warn', says: 'a limit is written down, and was not met here' })
  expect(tried.evidence.map((one) => one.file)).toContain(file)
  expect((await found(rateLimit, files)).status).toBe('warn')
})

it('warns of a limit that is told and higher than what was tried', async () => {
  const finding = await probed((_, response) => response.writeHead(200, { 'ratelimit-limit': '1000' }).end())
  expect(finding).toMatchObject({
    status: 'warn',
    says: 'ratelimit-limit: 1000 is told, and is more than was tried',
  })
})

it('takes a path that the OpenAPI file leaves open', async () => {
  const asked = new Set<string>()
  const files = {
    'openapi.yaml': 'openapi: 3.1.0\npaths:\n  /health: { get: {} }\n  /products: { get: {} }\n',
  }
  await probed((request, response) => {
    asked.add(request.url!)
    response.end()
  }, files)
  expect([...asked]).toEqual(['/products'])
})

it('is not known as long as nothing was tried, and does not concern files', async () => {
  expect((await found(rateLimit, {})).status).toBe('unknown')
  expect((await probed((request) => request.socket.destroy())).status).toBe('unknown')
  const site = { 'package.json': '', 'server.js': '', 'public/index.html': '<p>' }
  expect((await found(rateLimit, site)).status).toBe('na')
})
