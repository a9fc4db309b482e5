import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { provenance } from './provenance.ts'

const image = { Dockerfile: 'FROM node:24\nCMD ["node", "server.js"]\n' }
const build = (options: string, more = '') => ({
  ...image,
  '.github/workflows/main.yml': `on: push\njobs:\n  build:\n    steps:\n      - uses: docker/build-push-action@v7\n        with: { ${options} }\n${more}`,
})

it('passes with steps for all three, in actions or in commands', async () => {
  const attest = '      - uses: actions/attest@v4\n'
  const finding = await found(provenance, build('push: true, sbom: true, provenance: mode=max', attest))
  expect(finding).toMatchObject({
    status: 'pass',
    evidence: [{ line: 5, says: 'docker/build-push-action@v7: SBOM and provenance' }, { line: 7 }],
  })
  const commands = '- docker buildx build --sbom=true --provenance=mode=max --push .\n    - cosign sign x\n'
  const gitlab = await found(provenance, { ...image, '.gitlab-ci.yml': `a:\n  script:\n    ${commands}` })
  expect(gitlab.status).toBe('pass')
})

it('warns of what is there only in part, and fails with nothing of it', async () => {
  const part = await found(provenance, build('push: true'))
  expect(part).toMatchObject({ status: 'warn', says: 'CI makes provenance, and lacks SBOM and signature' })
  expect((await found(provenance, build('push: true, provenance: false'))).status).toBe('fail')
})

it('takes what the registry has for it', async () => {
  const types = [
    'application/spdx+json',
    'application/vnd.in-toto+json',
    'application/vnd.dev.sigstore.bundle.v0.3+json',
  ]
  const reply = { manifests: types.map((artifactType) => ({ artifactType })) }
  const finding = await found(provenance, {
    ...image,
    'ops/replies/image-referrers.json': { takenAt: '2026-11-20T08:00:00Z', from: 'oras discover', reply },
  })
  expect(finding.status).toBe('pass')
})

it('does not concern an app whose production runs as processes', async () => {
  const files = { ...image, 'sluice.yaml': 'app: shop\nrun: { command: node server.js }\n' }
  expect((await found(provenance, files)).status).toBe('na')
})

it('is not known without CI, and does not concern what no image is built of', async () => {
  expect((await found(provenance, image)).status).toBe('unknown')
  expect((await found(provenance, {})).status).toBe('na')
})
