import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { trialOf } from '../running/trial.fixture.ts'
import { requestIds } from './request-ids.ts'

const tried = ({ echoes, logs }: { echoes: boolean; logs: boolean }) => {
  const printed: string[] = []
  const idOf = ({ headers }: IncomingMessage) => String(headers['x-request-id'])
  return found(
    requestIds,
    {},
    {
      trial: trialOf({
        printed,
        answer(request, response) {
          if (logs) printed.push(JSON.stringify({ id: idOf(request), msg: 'served' }))
          if (echoes) response.setHeader('x-request-id', idOf(request))
          response.end('ok')
        },
      }),
    },
  )
}

it('passes where the id comes back, and is in the logs', async () => {
  expect((await tried({ echoes: true, logs: true })).status).toBe('pass')
})

it('warns where it is in one of them only', async () => {
  const [echoed, logged] = [
    await tried({ echoes: true, logs: false }),
    await tried({ echoes: false, logs: true }),
  ]
  expect([echoed.status, logged.status]).toEqual(['warn', 'warn'])
  expect(echoed.says).toContain('is not in the logs')
  expect(logged.says).toContain('does not come back')
})

it('fails where it is lost, and does not know before it was tried', async () => {
  expect((await tried({ echoes: false, logs: false })).status).toBe('fail')
  expect((await found(requestIds, {})).status).toBe('unknown')
})

it('does not concern files', async () => {
  const site = { 'package.json': '', 'server.js': '', 'index.html': '<h1>Shop</h1>' }
  expect((await found(requestIds, site)).status).toBe('na')
})
