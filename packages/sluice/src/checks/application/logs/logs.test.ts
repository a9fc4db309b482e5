import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { trialOf } from '../../running/trial.fixture.ts'
import { logs } from './logs.ts'

const files = { 'server.js': "app.post('/orders', create)\n" }
const record = (more: object = {}) => JSON.stringify({ time: 1, level: 30, msg: 'request', ...more })

/** An app that prints a line for each request. */
function appThatPrints(line: (request: { method?: string; url?: string; body: string }) => string) {
  const printed: string[] = []
  const trial = trialOf({
    printed,
    answer(request, response) {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk
      })
      request.on('end', () => {
        printed.push(line({ method: request.method!, url: request.url!, body }))
        response.end()
      })
    },
  })
  return { ...trial, pause: async () => {} }
}

it('passes when each line is a record, and nothing of what was sent is in them', async () => {
  const trial = appThatPrints(({ method, url }) => record({ method, path: url?.split('?')[0] }))
  expect(await found(logs, files, { trial })).toMatchObject({
    status: 'pass',
    says: '6 of 6 lines are JSON with level, time and message, and none holds what was sent',
  })
})

it('fails when lines are text for people', async () => {
  const trial = appThatPrints(({ method, url }) => `${method} ${url?.split('?')[0]} 200`)
  const { status, evidence } = await found(logs, files, { trial })
  expect(status).toBe('fail')
  expect(evidence.slice(0, 2).map(({ says }) => says)).toEqual([
    '0 of 6 lines are JSON with level, time and message',
    'no JSON: GET / 200',
  ])
})

it.each([
  ['the query of a path', ({ url }: { url?: string }) => record({ url }), 'an e-mail address, a token'],
  [
    'a body',
    ({ body }: { body: string }) => record({ body }),
    'an e-mail address, a card number, a password',
  ],
])('fails when %s is logged, and does not repeat it', async (_, line, what) => {
  const finding = await found(logs, files, { trial: appThatPrints(line) })
  expect(finding).toMatchObject({ status: 'fail', says: `what a user sends is logged: ${what}` })
  expect(JSON.stringify(finding)).not.toMatch(/4111|person@|person%40/)
})

it('does not know from a few lines, unless they already tell too much', async () => {
  expect(
    (await found(logs, files, { trial: trialOf({ answer: (_, response) => response.end() }) })).status,
  ).toBe('unknown')
})

it('lets it say more where it can be told to', async () => {
  const printed: string[] = []
  let isTold = false
  const trial = trialOf({
    printed,
    refuses({ env }) {
      isTold = env?.LOG_LEVEL === 'debug'
      return null
    },
    answer(request, response) {
      if (isTold) printed.push(record({ path: request.url?.split('?')[0] }))
      response.end()
    },
  })
  const told = { 'server.js': "app.post('/orders', create)\nlog(process.env.LOG_LEVEL)\n" }
  expect((await found(logs, told, { trial })).status).toBe('pass')
})
