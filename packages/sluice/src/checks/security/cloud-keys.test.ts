import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { cloudKeys } from './cloud-keys.ts'

const deploy = (more: string) => ({
  '.github/workflows/main.yml': `on: push\njobs:\n  deploy:\n    permissions: { id-token: write }\n    steps:\n${more}`,
})

it('passes with a role, and where no cloud is spoken to', async () => {
  const role =
    '      - uses: aws-actions/configure-aws-credentials@v6\n        with:\n          role-to-assume: arn:aws:iam::1:role/x\n'
  const finding = await found(cloudKeys, deploy(role))
  expect(finding).toMatchObject({ status: 'pass', evidence: [{ line: 8 }] })
  expect((await found(cloudKeys, deploy('      - run: make\n'))).status).toBe('pass')
})

it.each([
  [
    'a key in a variable',
    deploy(
      '      - run: make\n        env:\n          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n',
    ),
    'AWS_SECRET_ACCESS_KEY',
  ],
  [
    'a key under another name',
    deploy('      - uses: azure/login@v3\n        with:\n          creds: ${{ secrets.AZ }}\n'),
    'creds',
  ],
  [
    'a key of Google',
    deploy(
      '      - uses: google-github-actions/auth@v3\n        with:\n          credentials_json: ${{ secrets.K }}\n',
    ),
    'credentials_json',
  ],
  [
    'a key in GitLab',
    { '.gitlab-ci.yml': 'a:\n  script:\n    - aws configure set x $AWS_ACCESS_KEY_ID\n' },
    'AWS_ACCESS_KEY_ID',
  ],
  [
    'a key in Jenkins',
    { Jenkinsfile: "environment { AWS_ACCESS_KEY_ID = credentials('aws') }\n" },
    'AWS_ACCESS_KEY_ID',
  ],
])('fails with %s', async (_, files, says) => {
  const finding = await found(cloudKeys, files)
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it.each([
  ['words for an emulator', deploy('      - run: make\n        env: { AWS_ACCESS_KEY_ID: test }\n')],
  [
    'variables of a role that is handed on',
    deploy(
      '      - uses: aws-actions/configure-aws-credentials@v6\n        with: { role-to-assume: x }\n      - run: docker run -e AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID x\n',
    ),
  ],
  ['a comment', deploy('      # AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      - run: make\n')],
  [
    'keys of a role that was taken before',
    {
      '.gitlab-ci.yml':
        'a:\n  script:\n    - export $(printf "AWS_ACCESS_KEY_ID=%s" $(aws sts assume-role-with-web-identity))\n    - echo $AWS_ACCESS_KEY_ID\n',
    },
  ],
])('is not misled by %s', async (_, files) => {
  expect((await found(cloudKeys, files)).status).toBe('pass')
})

it('warns of a token that nothing uses, or that every job is given', async () => {
  const unused =
    'on: push\njobs:\n  test:\n    permissions: { id-token: write }\n    steps:\n      - run: make\n'
  expect(await found(cloudKeys, { '.github/workflows/a.yml': unused })).toMatchObject({
    status: 'warn',
    evidence: [{ line: 4 }, {}],
  })
  const shared = 'permissions: { id-token: write }\njobs:\n  a: { steps: [] }\n  b: { steps: [] }\n'
  expect(await found(cloudKeys, { '.github/workflows/a.yml': shared })).toMatchObject({
    status: 'warn',
    evidence: [{ line: 1 }, {}],
  })
})

it('does not know where keys stand elsewhere, or without files of CI', async () => {
  const implicit = { '.gitlab-ci.yml': 'a:\n  script:\n    - aws s3 sync . s3://shop\n' }
  expect((await found(cloudKeys, implicit)).status).toBe('unknown')
  expect((await found(cloudKeys, {})).status).toBe('unknown')
  expect((await found(cloudKeys, { '.github/workflows/a.yml': 'jobs: [\n' })).status).toBe('unknown')
  expect((await found(cloudKeys, { 'buildspec.yml': 'version: 0.2\n' })).status).toBe('na')
})
