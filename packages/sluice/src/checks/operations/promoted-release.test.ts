import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { promotedRelease } from './promoted-release.ts'

const workflow = (production: string) => ({
  '.github/workflows/main.yml': `on: push
jobs:
  build:
    steps:
      - run: docker build -t shop .
  deploy-staging:
    environment: staging
    steps:
      - run: kubectl set image deployment/shop app=shop@\${{ needs.build.outputs.digest }}
  deploy-production:
    environment: production
    steps:
      - run: ${production}
`,
})
const byDigest = 'kubectl set image deployment/shop app=shop@${{ needs.build.outputs.digest }}'

it('passes a digest that goes from staging to production', async () => {
  expect(await found(promotedRelease, workflow(byDigest))).toMatchObject({
    status: 'pass',
    evidence: [
      {
        says: 'deploy-production deploys what was built before',
        file: '.github/workflows/main.yml',
        line: 10,
      },
    ],
  })
})

it('fails what is built anew, and what is a tag', async () => {
  const anew = await found(promotedRelease, workflow('docker build -t shop . && kubectl rollout restart x'))
  expect(anew).toMatchObject({
    status: 'fail',
    says: 'deploy-production builds the image anew for production',
  })
  const tag = await found(promotedRelease, workflow('kubectl set image deployment/shop app=shop:latest'))
  expect(tag.status).toBe('fail')
  const commit = await found(
    promotedRelease,
    workflow('kubectl set image deployment/shop app=shop:${{ github.sha }}'),
  )
  expect(commit.status).toBe('warn')
})

it('does not know of a pipeline elsewhere, or an image that is named elsewhere', async () => {
  expect((await found(promotedRelease, {})).status).toBe('unknown')
  const tests = { '.github/workflows/main.yml': 'jobs:\n  test:\n    steps: [{ run: npm test }]\n' }
  expect((await found(promotedRelease, tests)).status).toBe('unknown')
  expect((await found(promotedRelease, workflow('kubectl apply -k overlays/production'))).status).toBe(
    'unknown',
  )
})

it('does not take the image that a pull request tries for a second one', async () => {
  const tried = 'jobs:\n  image:\n    steps: [{ run: docker build . }]\n'
  const alone = `jobs:\n  production:\n    environment: production\n    steps:\n      - run: docker buildx build --push . && sluice deploy --image shop@$DIGEST\n`
  const files = { '.github/workflows/pull.yml': tried, '.github/workflows/main.yml': alone }
  expect((await found(promotedRelease, files)).status).toBe('pass')
})

it('does not take the pinned image that a job runs in for what it deploys', async () => {
  const files = {
    '.gitlab-ci.yml': `live:\n  environment: production\n  image: node@sha256:${'a'.repeat(64)}\n  script: [kubectl apply -f x]\n`,
  }
  expect((await found(promotedRelease, files)).status).toBe('unknown')
})

it('asks tier A for a gradual strategy as well', async () => {
  const config = (strategy: string) => ({
    ...workflow(byDigest),
    'sluice.yaml': `app: shop\nrun: { command: node server.js }\nenvironments: { production: { strategy: ${strategy} } }\n`,
  })
  expect((await found(promotedRelease, config('canary'), { tier: 'A' })).status).toBe('pass')
  expect((await found(promotedRelease, config('recreate'), { tier: 'A' })).status).toBe('fail')
  expect((await found(promotedRelease, config('recreate'), { tier: 'B' })).status).toBe('pass')
  expect((await found(promotedRelease, workflow(byDigest), { tier: 'A' })).status).toBe('unknown')
})

it('reads stages of Jenkins and jobs of GitLab', async () => {
  const jenkins = `pipeline { stages {
  stage('Build') { steps { sh 'docker build -t shop .' } }
  stage('Deploy production') { steps { sh 'docker build -t shop . && docker stack deploy -c x shop' } }
} }`
  expect((await found(promotedRelease, { Jenkinsfile: jenkins })).status).toBe('fail')
  const gitlab =
    'build:\n  script: [docker build .]\nlive:\n  environment: production\n  script: ["npx \'sluice@$V\' deploy --release $RELEASE"]\n'
  expect((await found(promotedRelease, { '.gitlab-ci.yml': gitlab })).status).toBe('pass')
})
