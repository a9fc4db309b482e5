import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { stackTraceIn } from '../../running/stack-trace.ts'
import { type SmallApp, trialOf } from '../../running/trial.fixture.ts'
import { errors } from './errors.ts'

const files = { 'server.js': "app.post('/orders', create)\napp.post('/orders/reset', reset)\n" }

/** Answers as a framework does; `broken` says how malformed JSON is met. */
function appThat(broken: SmallApp['answer'], onUnknown = 404): SmallApp {
  return {
    answer(request, response) {
      if (request.method === 'GET' && request.url === '/') return void response.end('shop')
      if (request.method !== 'POST' || request.url !== '/orders')
        return void response.writeHead(onUnknown).end()
      let text = ''
      request.on('data', (chunk: Buffer) => {
        text += chunk
        if (text.length > 100_000 && !response.headersSent)
          response.writeHead(413, { connection: 'close' }).end()
      })
      request.on('end', () => {
        if (!response.headersSent) broken(request, response)
      })
    },
  }
}

it('passes when all that is wrong is refused', async () => {
  const trial = trialOf(appThat((_, response) => response.writeHead(400).end('not JSON')))
  const { status, evidence } = await found(errors, files, { trial })
  expect(status).toBe('pass')
  expect(evidence.map(({ says }) => says)).toEqual([
    'an unknown path: GET /sluice-check-no-such-path: 404',
    'an unknown path: GET /%E0%A4%A: 404',
    'malformed JSON: POST /orders: 400',
    expect.stringMatching(/^an oversized body: POST \/orders: (?:413|ECONNRESET|EPIPE)$/),
    'a wrong method: PROPFIND /: 404',
  ])
})

it.each([
  ['answers with 500', (_: unknown, response) => response.writeHead(500).end(), '500'],
  [
    'shows its stack',
    (_: unknown, response) =>
      response
        .writeHead(400)
        .end('SyntaxError<br> &nbsp; &nbsp;at parse (/app/node_modules/body-parser/json.js:92:19)'),
    '400, with a stack trace of Node',
  ],
  ['cuts the connection', (request) => request.socket.destroy(), 'ECONNRESET'],
] as [string, SmallApp['answer'], string][])('fails when it %s', async (_, broken, says) => {
  const finding = await found(errors, files, { trial: trialOf(appThat(broken)) })
  expect(finding).toMatchObject({ status: 'fail', says: `malformed JSON: POST /orders: ${says}` })
})

it('warns when a path that is not there is answered as if it were', async () => {
  const trial = trialOf(appThat((_, response) => response.writeHead(400).end(), 200))
  expect(await found(errors, files, { trial })).toMatchObject({
    status: 'warn',
    says: 'an unknown path and a wrong method is answered as if it were right',
  })
})

it('takes the one page of an app whose paths are its own for an answer', async () => {
  const trial = trialOf({
    answer(request, response) {
      if (request.method === 'GET') response.setHeader('content-type', 'text/html').end('<main></main>')
      else response.writeHead(405, { connection: 'close' }).end()
    },
  })
  expect((await found(errors, files, { trial })).status).toBe('pass')
})

it('does not know where it was not tried', async () => {
  expect((await found(errors, files)).status).toBe('unknown')
})

it.each([
  ['Traceback (most recent call last):\n  File "/app/a.py", line 3, in <module>', 'a traceback of Python'],
  ['goroutine 7 [running]:\nmain.a()\n\t/app/main.go:12 +0x1d', 'a stack trace of Go'],
  [
    "<p>You're seeing this error because you have <code>DEBUG = True</code></p>",
    "Django's page for debugging",
  ],
  ['{"error":"at least one item is wanted at 12:30"}', null],
])('knows a stack trace: %s', (body, name) => {
  expect(stackTraceIn(body)).toBe(name)
})
