import type { IncomingMessage, RequestListener } from 'node:http'
import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { trialOf } from '../../running/trial.fixture.ts'
import { accessControl } from './access-control.ts'

const api = {
  'openapi.yaml': `openapi: 3.1.0
servers: [{ url: https://shop.example/v1 }]
security: [{ token: [] }]
paths:
  /orders/{id}:
    get:
      parameters: [{ name: id, in: path, schema: { type: integer } }]
    delete: { security: [{ key: [] }] }
  /products:
    get: { security: [] }
components:
  securitySchemes:
    token: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: X-Key }
`,
}

const answering = (statusOf: (request: IncomingMessage) => number): RequestListener => {
  return (request, response) => response.writeHead(statusOf(request)).end()
}
const probed = (answer: RequestListener, files: object = api) =>
  found(accessControl, files as typeof api, { trial: trialOf({ answer }) })

it('passes where every protected operation refuses strangers and wrong tokens', async () => {
  const asked: string[] = []
  const finding = await probed(
    answering(({ method, url, headers }) => {
      asked.push(`${method} ${url} ${headers.authorization ?? headers['x-key'] ?? ''}`.trim())
      return headers.authorization ? 403 : 401
    }),
  )
  expect(finding.status).toBe('pass')
  expect(asked).toEqual([
    'GET /v1/orders/0',
    'GET /v1/orders/0 Bearer sluice-check-of-a-wrong-token',
    'DELETE /v1/orders/sluice-check',
    'DELETE /v1/orders/sluice-check sluice-check-of-a-wrong-token',
  ])
})

it('fails where a wrong token is taken for a right one, and where the app fails', async () => {
  const trusting = await probed(answering(({ headers }) => (headers.authorization ? 200 : 401)))
  expect(trusting).toMatchObject({
    status: 'fail',
    says: 'GET /orders/{id} with a wrong token: 200 (openapi.yaml:6)',
  })
  expect((await probed(answering(() => 500))).status).toBe('fail')
})

it('proves nothing where a request is refused for another reason', async () => {
  expect((await probed(answering(() => 404))).status).toBe('unknown')
})

it('takes a way to the login for a refusal', async () => {
  const finding = await probed((_, response) =>
    response.writeHead(302, { location: '/login?next=%2F' }).end(),
  )
  expect(finding.status).toBe('pass')
})

it('does not know without an OpenAPI file, and then takes the word of a person', async () => {
  const closed = answering(() => 401)
  expect((await probed(closed, {})).status).toBe('unknown')
  const open = { 'openapi.yaml': 'openapi: 3.1.0\npaths:\n  /a: { get: {} }\n' }
  expect((await probed(closed, open)).status).toBe('unknown')
  const signed = {
    'ops/attestations.yaml':
      '- { check: SEC-04, who: Ada, when: 2026-11-01, link: https://wiki.example/review, expires: 2027-01-20 }\n',
  }
  expect((await probed(closed, signed)).status).toBe('pass')
})

it('does not let a person sign for what was seen to be open', async () => {
  const signed = {
    ...api,
    'ops/attestations.yaml':
      '- { check: SEC-04, who: Ada, when: 2026-11-01, link: https://wiki.example/review, expires: 2027-01-20 }\n',
  }
  expect(
    (
      await probed(
        answering(() => 200),
        signed,
      )
    ).status,
  ).toBe('fail')
})
