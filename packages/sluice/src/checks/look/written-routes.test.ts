import { expect, it } from 'vitest'
import { lookAt } from '../look.fixture.ts'
import { healthPaths } from './health-paths.ts'
import { routesWithBody, writtenRoutes } from './written-routes.ts'

const shown = ({ method, path, file, line }: { method: string; path: string; file: string; line: number }) =>
  `${method} ${path} ${file}:${line}`

it('finds the routes that code writes out, and none that asks somebody else or is a test', async () => {
  const look = await lookAt({
    'a.js':
      "\napp.post('/orders/:id', create)\naxios.post('/elsewhere')\nconst table = { 'PUT /carts': put }\n",
    'main.go': 'mux.HandleFunc("POST /echo/{$}", echo)\nr.GET("/items/{id}", item)\n',
    'app.py': '@app.route("/login", methods=["POST"])\n@router.patch("/users/{id}")\n',
    'shop/urls.py': 'path("reports/<int:id>/", report)\n',
    'a.test.js': "app.post('/in-a-test', create)\n",
  })
  expect(writtenRoutes(look).map(shown)).toEqual([
    'POST /orders/1 a.js:2',
    'PUT /carts a.js:4',
    'PATCH /users/1 app.py:2',
    'POST /login app.py:1',
    'GET /items/1 main.go:2',
    'POST /echo/ main.go:1',
    'ANY /reports/1/ shop/urls.py:1',
  ])
})

it('leaves out what sounds as if it did harm, for trying them', async () => {
  const look = await lookAt({
    'a.js': "app.post('/orders', a)\napp.post('/orders/reset', b)\napp.get('/orders', c)\n",
    'urls.py': "path('report', d)\n",
  })
  expect(routesWithBody(look).map(shown)).toEqual(['POST /orders a.js:1', 'POST /report urls.py:1'])
})

it('takes the health paths of sluice.yaml before those of the code', async () => {
  const code = { 'server.js': "app.get('/health/ready', a)\napp.get('/health/live', b)\n" }
  expect(healthPaths(await lookAt(code))).toMatchObject({
    readiness: '/health/ready',
    liveness: '/health/live',
  })
  const config =
    'app: shop\nrun: { command: node server.js }\nhealth: { readiness: { path: /up } }\nenvironments: { production: {} }\n'
  expect(healthPaths(await lookAt({ ...code, 'sluice.yaml': config })).all.slice(0, 2)).toEqual([
    '/up',
    '/health/live',
  ])
})
