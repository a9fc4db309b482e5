import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { type SmallApp, trialOf } from '../../running/trial.fixture.ts'
import type { Trial } from '../../running/trial.ts'
import { healthEndpoint } from './health-endpoint.ts'

/** An app with a database behind a relay; `answers` is told whether the database is there. */
function appThat(
  answers: (isThere: boolean) => Record<string, unknown>,
  dependencies: SmallApp['dependencies'] = [],
): Trial {
  let isThere = true
  const database = {
    variable: 'DATABASE_URL',
    kind: 'postgres',
    cut: () => {
      isThere = false
    },
    restore: () => {
      isThere = true
    },
  }
  const trial = trialOf({
    dependencies: [database, ...dependencies],
    answer(request, response) {
      const body = answers(isThere)[request.url ?? '']
      if (body === undefined) return void response.writeHead(404).end()
      const isWell = (body as { status?: string }).status !== 'error'
      response.writeHead(isWell ? 200 : 503).end(typeof body === 'string' ? body : JSON.stringify(body))
    },
  })
  return { ...trial, pause: async () => {} }
}

const version = '1.4.2'

it('passes when it tells its version, and what is missing', async () => {
  const trial = appThat((isThere) => ({
    '/healthz': {
      status: isThere ? 'ok' : 'error',
      version,
      checks: { database: isThere ? 'ok' : 'refused' },
    },
  }))
  const { status, says, evidence } = await found(healthEndpoint, {}, { trial })
  expect([status, says]).toEqual(['pass', 'it says how it is, and what is missing, and which version it is'])
  expect(evidence.at(-1)?.says).toBe(
    'without postgres (DATABASE_URL): GET /healthz: 503 {"status":"error","version":"1.4.2","checks":{"database":"refused"}}',
  )
})

it.each([
  ['there is none', {}, 'none of '],
  ['it is no JSON', { '/healthz': 'ok' }, 'no health path answers with JSON that has a status'],
  ['it tells no version', { '/healthz': { status: 'ok' } }, 'no health path tells the version'],
  [
    'it always says the same',
    { '/healthz': { status: 'ok', version } },
    'it answers the same while postgres (DATABASE_URL) is cut off',
  ],
])('fails when %s', async (_, answers, says) => {
  const finding = await found(healthEndpoint, {}, { trial: appThat(() => answers) })
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('warns when it does not say what is missing, and when no build has a version of its own', async () => {
  const silent = appThat((isThere) => ({ '/readyz': { status: isThere ? 'ok' : 'error', version } }))
  expect(await found(healthEndpoint, {}, { trial: silent })).toMatchObject({
    status: 'warn',
    says: expect.stringMatching(/that something is wrong, and not what$/),
  })
  const nameless = appThat((isThere) => ({
    '/readyz': { status: isThere ? 'ok' : 'error', version: 'dev', database: isThere },
  }))
  expect((await found(healthEndpoint, {}, { trial: nameless })).says).toMatch(/^the version is "dev"/)
})

it('fails when the version is another commit than the one that is checked out', async () => {
  const trial = appThat((isThere) => ({
    '/readyz': { status: isThere ? 'ok' : 'error', version: 'abc1234', database: isThere },
  }))
  const git = { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${'d'.repeat(39)}1\n` }
  expect((await found(healthEndpoint, git, { trial })).says).toBe(
    'the version is abc1234, and commit dddddddddddd is checked out',
  )
})

it('does not know where it was not tried', async () => {
  expect((await found(healthEndpoint, {})).status).toBe('unknown')
})
