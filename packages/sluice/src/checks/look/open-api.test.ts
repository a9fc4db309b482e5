import { expect, it } from 'vitest'
import { lookAt } from '../look.fixture.ts'
import { openApi } from './open-api.ts'

it('reads operations with their paths filled in, and what they ask for', async () => {
  const look = await lookAt({
    'docs/openapi.json': {
      openapi: '3.1.0',
      servers: [{ url: 'https://shop.example/v1/' }],
      security: [{ token: [] }],
      paths: {
        '/orders/{id}/items/{item}': {
          parameters: [{ $ref: '#/components/parameters/id' }],
          get: {
            parameters: [{ name: 'item', in: 'path', schema: { type: 'string', format: 'uuid' } }],
          },
          delete: { security: [{ token: [] }, {}] },
        },
      },
      components: {
        parameters: { id: { name: 'id', in: 'path', schema: { type: 'integer' } } },
        securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      },
    },
  })
  expect(openApi(look).operations).toMatchObject([
    {
      method: 'GET',
      path: '/v1/orders/0/items/00000000-0000-4000-8000-000000000000',
      template: '/orders/{id}/items/{item}',
      schemes: [{ kind: 'bearer', name: 'authorization' }],
      file: 'docs/openapi.json',
    },
    // An empty choice lets everybody in.
    { method: 'DELETE', path: '/v1/orders/0/items/sluice-check', schemes: [] },
  ])
})

it('reads the older form, and leaves out what is there for tests', async () => {
  const older = `swagger: "2.0"
basePath: /api
paths:
  /me:
    get: { security: [{ key: [] }, { basic: [] }] }
securityDefinitions:
  key: { type: apiKey, in: query, name: key }
  basic: { type: basic }
`
  const look = await lookAt({ 'swagger.yaml': older, 'test/fixtures/openapi.yaml': older })
  expect(openApi(look).operations).toMatchObject([
    {
      path: '/api/me',
      schemes: [
        { kind: 'query', name: 'key' },
        { kind: 'basic', name: 'authorization' },
      ],
      line: 5,
    },
  ])
})

it('says which file cannot be read', async () => {
  const look = await lookAt({ 'openapi.yaml': 'paths: [\n' })
  expect(openApi(look).operations).toEqual([])
  expect(openApi(look).problem).toContain('openapi.yaml is not YAML')
})
