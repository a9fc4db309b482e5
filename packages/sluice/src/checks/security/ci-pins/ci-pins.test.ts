import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { ciPins } from './ci-pins.ts'

const commit = '3d3c42e5aac5ba805825da76410c181273ba90b1'
const digest = `sha256:${'ab'.repeat(32)}`
const github = (uses: string) => ({
  '.github/workflows/main.yml': `on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: ${uses}\n`,
})
const gitlab = (text: string) => ({ '.gitlab-ci.yml': `${text}\ntest: { script: [make] }\n` })
const circle = (orb: string) => ({ '.circleci/config.yml': `version: 2.1\norbs:\n  node: ${orb}\n` })

it.each([
  ['an action by its commit', github(`actions/checkout@${commit} # v7.0.1`)],
  ['an action of the repository', github('./.github/actions/setup')],
  ['an action in an image by digest', github(`docker://alpine@${digest}`)],
  ['an include by commit', gitlab(`include: { project: acme/ci, file: a.yml, ref: ${commit} }`)],
  ['a component by its full version', gitlab('include:\n  - component: gitlab.com/acme/test@1.2.3')],
  ['an include of the same commit', gitlab('include: /ci/test.yml')],
  ['an orb by its full version', circle('circleci/node@7.1.0')],
  ['a library by its version', { Jenkinsfile: "@Library('shared@v2.1.0') _\npipeline { }\n" }],
  ['nothing of others', { Jenkinsfile: "pipeline { agent any\n// @Library('old') _\n}\n" }],
])('passes with %s', async (_, files) => {
  expect(await found(ciPins, files)).toMatchObject({ status: 'pass' })
})

it.each([
  [
    'an action by tag',
    github('actions/checkout@v7'),
    'actions/checkout@v7 may be another one tomorrow (.github/workflows/main.yml:6)',
  ],
  ['an action by a short commit', github('actions/checkout@3d3c42e'), 'actions/checkout@3d3c42e'],
  ['an action in an image by tag', github('docker://alpine:3'), 'docker://alpine:3'],
  [
    'a called workflow by branch',
    { '.github/workflows/a.yml': 'on: push\njobs:\n  a:\n    uses: acme/ci/.github/workflows/t.yml@main\n' },
    't.yml@main',
  ],
  [
    'an include of a branch',
    gitlab('include: { project: acme/ci, file: a.yml, ref: main }'),
    'acme/ci at main',
  ],
  ['an include from anywhere', gitlab('include: https://ci.example/a.yml'), 'no integrity'],
  ['a component by half a version', gitlab('include:\n  - component: gitlab.com/acme/test@1'), 'test@1 may'],
  ['a volatile orb', circle('circleci/node@volatile'), 'circleci/node@volatile'],
  ['an orb by half a version', circle('circleci/node@7.1'), 'circleci/node@7.1 may'],
  [
    'a library without a version',
    { Jenkinsfile: "@Library(['shared']) _\npipeline { }\n" },
    'library shared',
  ],
])('fails with %s', async (_, files, says) => {
  const finding = await found(ciPins, files)
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('looks into actions of the repository', async () => {
  const finding = await found(ciPins, {
    ...github('./.github/actions/setup'),
    '.github/actions/setup/action.yml': 'runs:\n  using: composite\n  steps:\n    - uses: actions/cache@v6\n',
  })
  expect(finding).toMatchObject({
    status: 'fail',
    evidence: [{ file: '.github/actions/setup/action.yml', line: 4 }],
  })
})

it.each([
  ['GitLab', gitlab('default: { image: "node:24" }'), 'image node:24'],
  [
    'CircleCI',
    { '.circleci/config.yml': 'jobs:\n  a:\n    docker:\n      - image: cimg/node:24.1\n' },
    'image cimg/node:24.1',
  ],
  [
    'GitHub',
    {
      '.github/workflows/a.yml':
        'jobs:\n  a:\n    services:\n      db: { image: "postgres:18" }\n    steps: []\n',
    },
    'image postgres:18',
  ],
  ['Jenkins', { Jenkinsfile: "pipeline { agent { docker { image 'node:24' } } }\n" }, 'image node:24'],
])('warns of an image by tag: %s', async (_, files, says) => {
  const finding = await found(ciPins, files)
  expect(finding.status).toBe('warn')
  expect(finding.says).toContain(says)
})

it('does not know without files of CI, or where they cannot be read', async () => {
  expect((await found(ciPins, {})).status).toBe('unknown')
  expect((await found(ciPins, { '.github/workflows/a.yml': 'jobs: [\n' })).status).toBe('unknown')
  expect((await found(ciPins, { 'buildspec.yml': 'version: 0.2\n' })).status).toBe('na')
})
