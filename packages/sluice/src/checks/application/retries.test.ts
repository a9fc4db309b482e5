import { expect, it } from 'vitest'
import { builtAbove, found, foundIn, goServer, lookAtMember } from '../look.fixture.ts'
import { retries } from './retries.ts'

const signed = `- check: APP-10
  who: Ada
  when: 2026-11-01
  link: https://wiki.example.com/retries
  expires: 2027-02-01
`

it('passes when somebody has signed for it', async () => {
  expect(await found(retries, { 'ops/attestations.yaml': signed })).toMatchObject({
    status: 'pass',
    says: 'Ada has attested it',
  })
})

it('warns when only a library for it is there', async () => {
  const manifest = {
    name: 'shop',
    scripts: { start: 'node server.js' },
    dependencies: { cockatiel: '^3.0.0' },
  }
  const { status, says } = await found(retries, { 'package.json': manifest })
  expect(status).toBe('warn')
  expect(says).toMatch(/^cockatiel can be used for it; not known yet: an attestation would settle it$/)
})

it('fails when somebody has tried it in vain, whatever is signed', async () => {
  const files = {
    'ops/attestations.yaml': signed,
    'ops/records/APP-10.yaml': 'when: 2026-11-20\nresult: failed\n',
  }
  expect(await found(retries, files)).toMatchObject({
    status: 'fail',
    says: 'ops/records/APP-10.yaml, of 2026-11-20, says that it failed',
  })
})

it('does not know otherwise, nor once the signature has expired', async () => {
  expect((await found(retries, {})).status).toBe('unknown')
  const late = { now: Date.parse('2027-02-02T00:00:00Z') }
  expect((await found(retries, { 'ops/attestations.yaml': signed }, late)).status).toBe('unknown')
})

it('finds one that a package of its workspace brings, and names the file', async () => {
  const look = await lookAtMember('cmd/api', {
    'go.mod': 'module shop\n\ngo 1.26\n\nrequire github.com/sony/gobreaker v1.0.0\n',
    'cmd/api/main.go': goServer(),
    'cmd/worker/main.go': goServer(),
    'cmd/api/sluice.yaml': builtAbove,
  })
  expect(await foundIn(look, retries)).toMatchObject({
    status: 'warn',
    evidence: [{ says: 'github.com/sony/gobreaker', file: 'go.mod' }],
  })
})
