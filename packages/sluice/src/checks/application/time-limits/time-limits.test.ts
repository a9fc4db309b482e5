import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { trialOf } from '../../running/trial.fixture.ts'
import type { Trial } from '../../running/trial.ts'
import { timeLimits, timeLimitsWithin } from './time-limits.ts'

const go = (serving: string) => ({
  'package.json': '',
  'server.js': '',
  'go.mod': 'module shop\n\ngo 1.26\n',
  'main.go': `package main\n\nimport "net/http"\n\nfunc main() {\n\t${serving}\n}\n`,
})

/** Node's own server, which cuts off who does not come to the end of the headers within `ms`. */
function serverThatWaits(ms: number | null): Trial {
  return trialOf({
    answer(request, response) {
      response.end()
      if (ms === null) return
      // @ts-expect-error The server is where Node keeps it.
      request.socket.server.on('connection', (socket) =>
        setTimeout(() => socket.end('HTTP/1.1 408 Late\r\n\r\n'), ms),
      )
    },
  })
}

async function warmedUp(trial: Trial): Promise<Trial> {
  await trial.request(await trial.app(), '/')
  return trial
}

it('passes when a slow client is cut off', async () => {
  const trial = await warmedUp(serverThatWaits(20))
  const { status, evidence } = await found(timeLimitsWithin(2_000), {}, { trial })
  expect(status).toBe('pass')
  expect(evidence.at(-1)?.says).toMatch(
    /^one header a second, never the last: cut after 0\.\d s HTTP\/1\.1 408 Late$/,
  )
})

it('fails when it is held by a server that waits without end', async () => {
  const files = go('http.ListenAndServe(":3000", nil)')
  expect(await found(timeLimitsWithin(100), files, { trial: serverThatWaits(null) })).toMatchObject({
    status: 'fail',
    says: 'a slow client was held for 0.1 s, which is beyond its limit',
  })
})

it('warns when the limit is longer than anyone watches', async () => {
  const finding = await found(timeLimitsWithin(100), {}, { trial: serverThatWaits(null) })
  expect(finding).toMatchObject({
    status: 'warn',
    says: expect.stringMatching(/^a slow client was held for 0\.1 s, and Node waits 60 s for headers/),
  })
})

it.each([
  ['http.ListenAndServe(":3000", nil)', 'fail', 'http.ListenAndServe waits for headers without end'],
  ['gin.Default().Run()', 'fail', 'nothing sets ReadHeaderTimeout'],
  [
    '_ = http.Server{ReadHeaderTimeout: 5 * time.Second}',
    'warn',
    'the time for headers is 5 * time.Second; not known yet',
  ],
  [
    'http.Server{ReadTimeout: limit}; http.Get("https://a.b")',
    'warn',
    'http.Get() uses a client without Timeout',
  ],
])('reads of Go: %s', async (serving, status, says) => {
  const finding = await found(timeLimits, go(serving))
  expect([finding.status, finding.says.startsWith(says)]).toEqual([status, true])
})

it('reads of Python which calls have no timeout, and does not know the server', async () => {
  const app = { 'package.json': '', 'server.js': '', 'requirements.txt': 'flask\nrequests\n' }
  const code = (call: string) => ({
    ...app,
    'main.py': `import requests\nfrom flask import Flask\napp = Flask('a')\n${call}\n`,
  })
  const finding = await found(timeLimits, code("requests.get('https://a.b', headers=h(1))"))
  expect(finding).toMatchObject({
    status: 'warn',
    evidence: [{ says: 'requests.get() without timeout', line: 4 }],
  })
  expect((await found(timeLimits, code('requests.get(url(1),\n  timeout=3)'))).status).toBe('unknown')
})
