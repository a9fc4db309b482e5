import { createServer } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { openTrial } from './open-trial.ts'
import { trialOf } from './trial.fixture.ts'

it('starts the app that checks share once, and ends it with the trial', async () => {
  let ended = 0
  const trial = trialOf({
    answer: (_, response) => response.end('ok'),
    end: async () => {
      ended++
      return {}
    },
  })
  const [one, two] = await Promise.all([trial.app(), trial.app()])
  expect(one).toBe(two)
  expect(await trial.request(one, '/')).toMatchObject({ status: 200, body: 'ok' })
  await (trial as ReturnType<typeof openTrial>).close()
  expect(ended).toBe(1)
})

it('says why the app did not start, with its last words', async () => {
  const trial = trialOf({
    answer: (_, response) => response.end(),
    refuses: () => ({ code: 3, says: 'no database' }),
  })
  await expect(trial.app()).rejects.toThrow('it ended with exit code 3 | no database')
})

it('has a limit on requests', async () => {
  const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  const trial = openTrial(
    {
      dependencies: [],
      plainEnv: {},
      start: async () => ({ isReady: false, ended: null, printed: [], afterMs: 0, why: '' }),
    },
    { requests: 2, ms: 60_000 },
  )
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const app = { port } as Awaited<ReturnType<typeof trial.app>>
  await trial.request(app, '/')
  await trial.request(app, '/')
  await expect(trial.request(app, '/')).rejects.toThrow('the checks have had their 2 requests')
})

it('gives up on an app that does not answer, or not to the end', async () => {
  const trial = trialOf({
    answer: (request, response) => {
      if (request.url === '/cut')
        response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy())
    },
  })
  const app = await trial.app()
  await expect(trial.request(app, '/', { timeoutMs: 50 })).rejects.toThrow(
    'GET / was not answered within 50 ms',
  )
  await expect(trial.request(app, '/cut')).rejects.toThrow()
})

it('reads no more of an answer than it needs', async () => {
  const trial = trialOf({ answer: (_, response) => response.end('x'.repeat(3 * 1024 * 1024)) })
  const { body } = await trial.request(await trial.app(), '/')
  expect(body.length).toBeLessThanOrEqual(1024 * 1024)
})

it('tries the start of an app that failed only once, and another start again', async () => {
  let starts = 0
  const trial = trialOf({
    answer: (_, response) => response.end(),
    refuses: () => {
      starts++
      return { code: 3, says: 'no database' }
    },
  })
  await expect(trial.app()).rejects.toThrow('no database')
  expect(await trial.start()).toMatchObject({ isReady: false, ended: { code: 3 } })
  expect(starts).toBe(1)
  await trial.start({ without: ['DATABASE_URL'] })
  expect(starts).toBe(2)
})

it('takes a fresh app where the shared one has met a limit of its own, and leaves other apps alone', async () => {
  const left = new Map<unknown, number>()
  const trial = trialOf({
    answer(request, response) {
      const server = request.socket.localPort
      const rest = (left.get(server) ?? 2) - 1
      left.set(server, rest)
      response.writeHead(rest < 0 ? 429 : 200).end()
    },
  })
  const shared = await trial.app()
  const [port] = [shared.port]
  for (let count = 0; count < 5; count++) expect((await trial.request(shared, '/')).status).toBe(200)
  expect(shared.port).not.toBe(port)
  expect(shared.isRunning()).toBe(true)

  const own = await trial.start()
  if (!own.isReady) throw new Error(own.why)
  const statuses = []
  for (let count = 0; count < 3; count++) statuses.push((await trial.request(own.app, '/')).status)
  expect(statuses).toEqual([200, 200, 429])
})
