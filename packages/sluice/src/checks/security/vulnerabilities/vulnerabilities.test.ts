import { expect, it } from 'vitest'
import { builtAbove, commandsThat, found, foundIn, lookAtMember } from '../../look.fixture.ts'
import { vulnerabilities } from './vulnerabilities.ts'

const app = {
  'package.json': { name: 'shop', dependencies: { express: '^5.0.0' }, scripts: { start: 'node server.js' } },
}
const ci = (run: string) => ({
  ...app,
  '.github/workflows/main.yml': `jobs:\n  a:\n    steps:\n      - run: ${run}\n`,
})
const counts = (high: number, low = 0) =>
  JSON.stringify({
    metadata: { vulnerabilities: { info: 0, low, moderate: 0, high, critical: 0, total: high + low } },
  })
const npm = (code: number, output: string) => ({
  execution: commandsThat({ 'npm audit --json --omit=dev': { code, output } }),
})

it('passes with a clean scan and a step of CI that repeats it', async () => {
  const finding = await found(vulnerabilities, ci('npm audit --audit-level=high'), npm(0, counts(0)))
  expect(finding).toMatchObject({
    status: 'pass',
    evidence: [
      { file: '.github/workflows/main.yml', line: 4 },
      { says: 'npm audit --json --omit=dev: exit code 0, 0 serious, 0 other' },
    ],
  })
})

it('fails with a serious vulnerability, and names its package', async () => {
  const output = `npm warn old\n{"vulnerabilities":{"qs":{"name":"qs","severity":"high"}},"metadata":${counts(1).slice(12)}`
  const finding = await found(vulnerabilities, ci('npm audit'), npm(1, output))
  expect(finding).toMatchObject({ status: 'fail', says: 'serious vulnerabilities are known: 1 (qs)' })
  expect((await found(vulnerabilities, ci('npm audit'), npm(1, counts(0, 2)))).status).toBe('warn')
})

it('fails without a step of CI, however clean the scan is', async () => {
  expect(await found(vulnerabilities, ci('npm test'), npm(0, counts(0)))).toMatchObject({
    status: 'fail',
    says: 'no step of CI scans what it depends on',
  })
})

it('does not take a scanner that is only installed for a scan', async () => {
  const finding = await found(vulnerabilities, ci('.audit/bin/pip install pip-audit'), npm(0, counts(0)))
  expect(finding.status).toBe('fail')
})

it('warns of a step whose result is thrown away', async () => {
  expect((await found(vulnerabilities, ci('npm audit || true'), npm(0, counts(0)))).status).toBe('warn')
})

it.each([
  [
    'a script of package.json',
    { ...ci('npm run scan'), 'package.json': { ...app['package.json'], scripts: { scan: 'npm audit' } } },
  ],
  ['a target of a Makefile', { ...ci('make check scan'), Makefile: 'scan: deps\n\tosv-scanner .\n' }],
  [
    'an action',
    {
      ...app,
      '.github/workflows/a.yml': 'jobs:\n  a:\n    steps:\n      - uses: aquasecurity/trivy-action@v1\n',
    },
  ],
  [
    'a template of GitLab',
    { ...app, '.gitlab-ci.yml': 'include: { template: Jobs/Dependency-Scanning.gitlab-ci.yml }\n' },
  ],
])('finds a scan in %s', async (_, files) => {
  expect((await found(vulnerabilities, files, npm(0, counts(0)))).status).toBe('pass')
})

it('does not know without a scan, without an answer of it, or where CI is made of what others wrote', async () => {
  expect((await found(vulnerabilities, ci('npm audit'))).status).toBe('unknown')
  expect((await found(vulnerabilities, ci('npm audit'), { execution: commandsThat({}) })).status).toBe(
    'unknown',
  )
  const offline = '{"error":{"code":"ENETUNREACH"}}'
  expect((await found(vulnerabilities, ci('npm audit'), npm(1, offline))).status).toBe('unknown')
  expect((await found(vulnerabilities, app, npm(0, counts(0)))).status).toBe('unknown')
  const called = {
    ...app,
    '.github/workflows/a.yml': `jobs:\n  a:\n    uses: acme/ci/.github/workflows/a.yml@main\n`,
  }
  expect((await found(vulnerabilities, called, npm(0, counts(0)))).status).toBe('unknown')
})

const python = {
  'package.json': '',
  'server.js': '',
  'main.py': 'import flask\n',
  'requirements.txt': 'flask==3.1.0\n',
  '.gitlab-ci.yml': 'a: { script: [pip-audit] }\n',
}
const go = {
  'package.json': '',
  'server.js': '',
  'main.go': 'package main\nfunc main() {}\n',
  'go.mod': 'module shop\n\ngo 1.26\n',
  '.gitlab-ci.yml': 'a: { script: [govulncheck ./...] }\n',
}
const audited = (versions: string[]) =>
  JSON.stringify({
    dependencies: [{ name: 'flask', version: '3.1.0', vulns: [{ id: 'PYSEC-1', fix_versions: versions }] }],
  })

it.each([
  [
    'pip-audit finds nothing',
    python,
    { 'pip-audit': { code: 0, output: 'No known vulnerabilities found' } },
    'pass',
  ],
  [
    'pip-audit finds what has been mended',
    python,
    { 'pip-audit': { code: 1, output: audited(['3.1.1']) } },
    'fail',
  ],
  [
    'pip-audit finds what nobody has mended',
    python,
    { 'pip-audit': { code: 1, output: audited([]) } },
    'warn',
  ],
  ['pip-audit is offline', python, { 'pip-audit': { code: 1, output: 'ConnectionError' } }, 'unknown'],
  [
    'govulncheck finds nothing',
    go,
    { govulncheck: { code: 0, output: 'No vulnerabilities found.' } },
    'pass',
  ],
  [
    'govulncheck finds a call',
    go,
    { govulncheck: { code: 3, output: 'Vulnerability #1: GO-2026-1234' } },
    'fail',
  ],
  ['govulncheck is offline', go, { govulncheck: { code: 1, output: 'dial tcp' } }, 'unknown'],
])('%s', async (_, files, commands, status) => {
  expect((await found(vulnerabilities, files, { execution: commandsThat(commands) })).status).toBe(status)
})

it('says that nothing reads the lockfile of uv', async () => {
  const { 'requirements.txt': _, ...rest } = python
  const uv = {
    'pyproject.toml': '[project]\nname = "shop"\ndependencies = ["flask"]\n',
    'uv.lock': 'version = 1\n',
  }
  const finding = await found(vulnerabilities, { ...rest, ...uv }, { execution: commandsThat({}) })
  expect(finding).toMatchObject({
    status: 'unknown',
    says: 'pip-audit does not read the lockfile of uv: export requirements.txt from it',
  })
})

it('does not concern an app that depends on nothing', async () => {
  expect((await found(vulnerabilities, {})).status).toBe('na')
})

it('finds a scan in a script of the workspace that a member is of', async () => {
  const look = await lookAtMember('apps/api', {
    'package.json': { workspaces: ['apps/*'], scripts: { scan: 'npm audit' } },
    'package-lock.json': { lockfileVersion: 3, packages: {} },
    'apps/api/package.json': app['package.json'],
    'apps/api/sluice.yaml': builtAbove,
    '.gitlab-ci.yml': 'a: { script: [npm run scan] }\n',
  })
  expect((await foundIn(look, vulnerabilities, npm(0, counts(0)))).status).toBe('pass')
})
