import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { trialOf } from '../running/trial.fixture.ts'
import type { Trial } from '../running/trial.ts'
import { livenessReadiness } from './liveness-readiness.ts'

/** An app that reaches a database; the two say how its paths answer while it is there, and while it is not. */
function appThat(
  whole: Record<string, number>,
  without: Record<string, number>,
  comesBack = true,
  said = '',
): Trial {
  let isThere = true
  const trial = trialOf({
    dependencies: [
      {
        variable: 'DATABASE_URL',
        kind: 'postgres',
        cut: () => {
          isThere = false
        },
        restore: () => {
          isThere = comesBack
        },
      },
    ],
    answer(request, response) {
      const status = (isThere ? whole : without)[request.url ?? ''] ?? 404
      response.writeHead(status).end(isThere ? '{"status":"ok"}' : said)
    },
  })
  return { ...trial, pause: async () => {} }
}

const well = { '/livez': 200, '/readyz': 200 }

it('passes when readiness falls with the database, and liveness does not', async () => {
  const trial = appThat(well, { '/livez': 200, '/readyz': 503 })
  const { status, evidence } = await found(livenessReadiness, {}, { trial })
  expect(status).toBe('pass')
  expect(evidence.map(({ says }) => says)).toContain(
    'without postgres (DATABASE_URL): /livez 200, /readyz 503',
  )
})

it.each([
  ['liveness falls as well', { '/livez': 503, '/readyz': 503 }, true, 'it would be started anew'],
  ['readiness stays', { '/livez': 200, '/readyz': 200 }, true, 'it still takes requests'],
  ['it does not come back', { '/livez': 200, '/readyz': 503 }, false, 'it was not ready again'],
])('fails when %s', async (_, without, comesBack, says) => {
  const finding = await found(livenessReadiness, {}, { trial: appThat(well, without, comesBack) })
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('warns when it goes on without what it can do without, and says so', async () => {
  const trial = appThat(well, well, true, '{"status":"degraded"}')
  const finding = await found(livenessReadiness, {}, { trial })
  expect(finding.status).toBe('warn')
  expect(finding.says).toContain('it takes requests without it, and says so')
})

it('fails when one path is both', async () => {
  const probe = 'httpGet: { path: /health, port: 3000 }'
  const finding = await found(livenessReadiness, {
    'kubernetes/app.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  template:
    spec:
      containers:
        - name: shop
          readinessProbe: { ${probe}, periodSeconds: 5 }
          livenessProbe: { ${probe}, periodSeconds: 10 }
`,
  })
  expect(finding).toMatchObject({
    status: 'fail',
    says: 'both probes of shop ask the same (kubernetes/app.yaml:10)',
  })
})

it('does not know what it does without a database that nothing stands before', async () => {
  const trial = appThatIsWell()
  const files = { 'server.js': 'connect(process.env.DATABASE_URL)\n' }
  expect(await found(livenessReadiness, files, { trial })).toMatchObject({
    status: 'unknown',
    says: 'it could not be tried without DATABASE_URL: none of them stands behind a relay here',
  })
})

it('passes where there is nothing to depend on and two paths answer', async () => {
  expect((await found(livenessReadiness, {}, { trial: appThatIsWell() })).status).toBe('pass')
})

it('fails where every path is answered alike, these two among them', async () => {
  const trial = trialOf({ answer: (_, response) => response.end('shop') })
  expect(await found(livenessReadiness, {}, { trial })).toMatchObject({
    status: 'fail',
    says: '/readyz and /livez has no answer of its own that is 200',
  })
})

function appThatIsWell(): Trial {
  return trialOf({
    answer: (request, response) => response.writeHead(well[request.url as keyof typeof well] ?? 404).end(),
  })
}
