import { once } from 'node:events'
import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { type SmallApp, trialOf } from '../../running/trial.fixture.ts'
import type { Trial } from '../../running/trial.ts'
import { gracefulShutdown } from './graceful-shutdown.ts'

const files = {
  'server.js': "app.post('/orders', create)\n",
  Dockerfile: 'FROM node:24\nCMD ["node", "server.js"]\n',
}

/** Held for a fifth of the time: these requests wait however long it is. */
function quick(small: SmallApp): Trial {
  const trial = trialOf(small)
  return { ...trial, pause: (ms) => trial.pause(ms / 5) }
}

/** Reads the body of POST /orders before it answers. */
const orders: SmallApp['answer'] = (request, response) => {
  if (request.method !== 'POST' || request.url !== '/orders') return void response.end('shop')
  request.resume().on('end', () => response.end('ordered'))
}

/** As `server.close` does it, and idle connections with it. */
const waits: SmallApp['end'] = async (server) => {
  server.close()
  await once(server, 'close')
  return { code: 0, afterMs: 1010 }
}

it('passes when what was in flight is answered, and then it ends', async () => {
  const { status, evidence } = await found(gracefulShutdown, files, {
    trial: quick({ answer: orders, end: waits }),
  })
  expect(status).toBe('pass')
  expect(evidence.map(({ says }) => says)).toEqual([
    'neither a shell nor npm stands before it',
    'ended by exit code 0 after 1010 ms, with an idle connection open',
    'readiness after SIGTERM: no connection, no connection, no connection, no connection',
    'POST /orders, begun before SIGTERM and finished after it: 200',
  ])
})

const cuts =
  (how: object): SmallApp['end'] =>
  async (server) => {
    server.closeAllConnections()
    return how
  }

it.each([
  ['it cuts a request', cuts({ code: 0 }), 'POST /orders was cut when it was told to end'],
  [
    'it has to be killed',
    cuts({ code: null, signal: 'SIGKILL' }),
    'it had not ended within its grace, and was killed',
  ],
  [
    'it ends as if something had failed',
    async (server: Parameters<NonNullable<SmallApp['end']>>[0]) => ({ ...(await waits!(server)), code: 1 }),
    'it ended by exit code 1, which is not how one ends that was told to',
  ],
])('fails when %s', async (_, end, says) => {
  expect(await found(gracefulShutdown, files, { trial: quick({ answer: orders, end }) })).toMatchObject({
    status: 'fail',
    says,
  })
})

it.each([
  ['npm', 'CMD ["npm", "start"]'],
  ['a shell', 'CMD node server.js'],
])('fails when %s stands before it in the image', async (_, command) => {
  const image = { ...files, Dockerfile: `FROM node:24\n${command}\n` }
  expect(await found(gracefulShutdown, image)).toMatchObject({
    status: 'fail',
    evidence: [{ file: 'Dockerfile', line: 2 }],
  })
})

it('warns when it still says that it is ready', async () => {
  const end: SmallApp['end'] = async (server) => {
    await new Promise((resolve) => server.once('ordered', resolve))
    return { code: 0 }
  }
  const answer: SmallApp['answer'] = (request, response) => {
    orders(request, response)
    // @ts-expect-error The server is where Node keeps it.
    response.on('close', () => request.url === '/orders' && request.socket.server.emit('ordered'))
  }
  expect((await found(gracefulShutdown, files, { trial: quick({ answer, end }) })).status).toBe('warn')
})

it('knows less where no request waits: only how it ended', async () => {
  const answer: SmallApp['answer'] = (_, response) => response.end('shop')
  const noHandler = trialOf({ answer, end: cuts({ code: null, signal: 'SIGTERM' }) })
  expect(await found(gracefulShutdown, files, { trial: noHandler })).toMatchObject({
    status: 'fail',
    says: 'the signal ended it at once: it has no handler for SIGTERM, so what is in flight is cut',
  })
  expect((await found(gracefulShutdown, files, { trial: trialOf({ answer, end: waits }) })).status).toBe(
    'warn',
  )
})

it('does not know where it was not tried', async () => {
  expect(
    (await found(gracefulShutdown, { ...files, Dockerfile: 'FROM node:24\nCMD exec node server.js\n' }))
      .status,
  ).toBe('unknown')
})
