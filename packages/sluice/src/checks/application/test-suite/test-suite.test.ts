import { expect, it } from 'vitest'
import { builtAbove, commandsThat, found, foundIn, goServer, lookAtMember } from '../../look.fixture.ts'
import { testSuite } from './test-suite.ts'

const manifest = {
  name: 'shop',
  scripts: { start: 'node server.js', lint: 'eslint .', test: 'vitest run' },
}

it('passes when every script that is declared ends with 0', async () => {
  const execution = commandsThat({ 'npm run lint': { tookMs: 900 }, 'npm run test': { tookMs: 2500 } })
  expect(await found(testSuite, { 'package.json': manifest }, { execution })).toMatchObject({
    status: 'pass',
    evidence: [
      { says: 'lint: npm run lint (the script lint)', file: 'package.json' },
      { says: 'test: npm run test (the script test)' },
      { says: 'npm run lint: exit code 0 after 0.9 s' },
      { says: 'npm run test: exit code 0 after 2.5 s' },
    ],
  })
})

it('fails with the last words of a script that does not, and runs the others all the same', async () => {
  const output = '2 problems\nnpm error code 1\n'
  const execution = commandsThat({ 'npm run lint': { code: 1, output }, 'npm run test': {} })
  const { status, says, evidence } = await found(testSuite, { 'package.json': manifest }, { execution })
  expect([status, says]).toEqual(['fail', 'npm run lint ended with 1'])
  expect(evidence.at(-2)?.says).toBe('npm run lint: exit code 1 after 0.0 s: 2 problems')
  expect(evidence.at(-1)?.says).toBe('npm run test: exit code 0 after 0.0 s')
})

it('fails where there are no tests', async () => {
  const scripts = { start: 'node server.js', test: 'echo "Error: no test specified" && exit 1' }
  expect(await found(testSuite, { 'package.json': { name: 'shop', scripts } })).toMatchObject({
    status: 'fail',
    says: 'no tests are declared',
  })
})

it('does not know before they have run, or where what they need is not installed', async () => {
  const files = { 'package.json': manifest }
  expect((await found(testSuite, files)).status).toBe('unknown')
  const missing = commandsThat({
    'npm run lint': {},
    'npm run test': { code: 127, output: 'vitest: not found' },
  })
  expect(await found(testSuite, files, { execution: missing })).toMatchObject({
    status: 'unknown',
    says: 'npm run test: a program that it needs is not installed',
  })
})

it.each([
  [
    'Go',
    {
      'go.mod': 'module shop\n\ngo 1.26\n',
      'main.go': 'package main\n\nfunc main() {}\n',
      'main_test.go': 'package main\n',
    },
    ['lint: go vet ./... (go vet knows every module)', 'test: go test ./... (one file of tests)'],
  ],
  [
    'Django',
    {
      'requirements.txt': 'django==5.2\n',
      'manage.py': "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
      'shop/settings.py': '',
      'shop/tests.py': 'class ShopTest(TestCase): pass\n',
      'ruff.toml': '',
    },
    [
      'lint: python3 -m ruff check . (rules for ruff)',
      'test: python3 manage.py test --no-input (one file of tests)',
    ],
  ],
  [
    'pytest with uv',
    {
      'pyproject.toml': '[project]\nname = "shop"\ndependencies = ["flask"]\n[tool.pytest.ini_options]\n',
      'uv.lock': '',
      'main.py': 'from flask import Flask\napp = Flask(__name__)\n',
      'tests/test_shop.py': 'def test_it(): pass\n',
    },
    ['test: uv run python -m pytest (one file of tests)'],
  ],
])('knows what %s projects run', async (_, files, says) => {
  const { evidence } = await found(testSuite, { 'package.json': '', 'server.js': '', ...files })
  expect(evidence.map((one) => one.says)).toEqual(says)
})

const servers = {
  'backend/go.mod': 'module shop\n\ngo 1.26\n',
  'backend/.golangci.yml': '',
  'backend/cmd/api/main.go': goServer('shop/internal/prices'),
  'backend/cmd/worker/main.go': goServer(),
  'backend/cmd/api/sluice.yaml': builtAbove,
  'backend/internal/prices/prices.go': 'package prices\n\nfunc Of() {}\n',
  'backend/tools/go.mod': 'module tools\n',
  'backend/tools/tools_test.go': 'package tools\n',
  'elsewhere/else_test.go': 'package elsewhere\n',
}

it('runs those of the whole module for a server of Go that is one of several', async () => {
  const tests = { 'backend/internal/prices/prices_test.go': 'package prices\n' }
  const look = await lookAtMember('backend/cmd/api', { ...servers, ...tests })
  const { evidence } = await foundIn(look, testSuite)
  expect(evidence.map(({ says, file }) => [says, file])).toEqual([
    ['lint: go -C ../.. vet ./... (go vet knows every module)', 'backend/go.mod'],
    ['lint: golangci-lint run (rules for it)', 'backend/.golangci.yml'],
    ['test: go -C ../.. test ./... (one file of tests)', 'backend/internal/prices/prices_test.go'],
  ])
})

it('does not take tests of another module for them', async () => {
  expect(await foundIn(await lookAtMember('backend/cmd/api', servers), testSuite)).toMatchObject({
    status: 'fail',
    says: 'no tests are declared',
  })
})

it('knows the tools of a workspace of uv for a member of it', async () => {
  const look = await lookAtMember('apps/api', {
    'pyproject.toml':
      '[tool.uv.workspace]\nmembers = ["apps/*"]\n\n[dependency-groups]\ndev = ["pytest"]\n\n[tool.mypy]\n',
    'ruff.toml': '',
    'uv.lock': 'version = 1\n',
    'apps/api/pyproject.toml': '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n',
    'apps/api/app.py': 'from flask import Flask\napp = Flask(__name__)\n',
    'apps/api/tests/test_app.py': 'def test_it(): pass\n',
    'apps/api/sluice.yaml': builtAbove,
  })
  const { evidence } = await foundIn(look, testSuite)
  expect(evidence.map(({ says, file }) => [says, file])).toEqual([
    ['lint: uv run python -m ruff check . (rules for ruff)', 'ruff.toml'],
    ['types: uv run python -m mypy . (rules for mypy)', 'pyproject.toml'],
    ['test: uv run python -m pytest (one file of tests)', 'apps/api/tests/test_app.py'],
  ])
})
