import { posix } from 'node:path'
import type { PythonFacts } from '../detect/facts.ts'
import type { CheckRequest, Checks } from './checks.ts'
import { job } from './job.ts'
import { newest, pins } from './pins.ts'
import type { Job } from './pipeline.ts'
import { cacheOf, installSteps } from './python-install.ts'
import { servicesOf } from './services.ts'
import { shellWord } from './shell-word.ts'

const python = '.venv/bin/python'

/** One job for each tool among the dependencies, and for what Django brings. */
export function pythonChecks({ app, variables }: CheckRequest & { app: PythonFacts }): Checks {
  const { folder, django } = app
  const place = {
    kind: 'language',
    language: 'python',
    version: app.version?.value ?? newest.python,
  } as const
  const services = servicesOf(app, variables)
  const install = installSteps(app)
  const env = secretsForTests(variables.variables.map(({ name }) => name))
  const running = (id: string, title: string, script: string, more: Partial<Job> = {}): Job =>
    job({
      ...{ id, title, place, cache: cacheOf(app) },
      ...{ steps: [...install, { name: title, folder, script }], ...more },
    })
  const has = toolsOf(app)
  const lint = has('ruff') ? 'ruff check .' : has('flake8') ? 'flake8 --exclude=.venv,.cache' : null
  const types = has('mypy') ? 'mypy .' : has('pyright') ? 'pyright' : null
  const tests = testsOf(app)
  return {
    jobs: [
      ...(lint === null ? [] : [running('lint', 'Lint', `${python} -m ${lint}`)]),
      ...(types === null ? [] : [running('type-check', 'Types', `${python} -m ${types}`)]),
      ...(django === null
        ? []
        : [running('django', 'What Django checks', djangoChecks(django.managePy), { services, env })]),
      ...(tests === null
        ? []
        : [running('unit', 'Tests', tests, { services, env, timeoutMinutes: 30, ...coverageFile(app) })]),
      running('dependencies', 'No known weakness in dependencies', audit, { cache: [] }),
    ],
    notes: notesOf(app, { lint, types, tests }),
  }
}

/** Whether a tool is installed with the app, for production or for development. */
function toolsOf({ dependencies, development }: PythonFacts): (name: string) => boolean {
  const all = new Set([...dependencies, ...development.dependencies])
  return (name) => all.has(name)
}

function testsOf(app: PythonFacts): string | null {
  const { django } = app
  const has = toolsOf(app)
  if (has('pytest') && has('pytest-cov'))
    return `${python} -m pytest --cov --cov-report=term --cov-report=xml`
  const plain = has('pytest') ? '-m pytest' : django === null ? null : `${shellWord(django.managePy)} test`
  if (plain === null) return null
  return has('coverage')
    ? `${python} -m coverage run ${plain}\n${python} -m coverage report\n${python} -m coverage xml`
    : `${python} ${plain}`
}

function coverageFile(app: PythonFacts): Partial<Job> {
  return isCovered(app) ? { artifacts: [posix.join(app.folder, 'coverage.xml')] } : {}
}

function isCovered(app: PythonFacts): boolean {
  const has = toolsOf(app)
  return has('pytest-cov') || has('coverage')
}

function djangoChecks(managePy: string): string {
  const manage = `${python} ${shellWord(managePy)}`
  return `${manage} check\n${manage} makemigrations --check --dry-run`
}

const audit = `python3 -m venv .audit
.audit/bin/pip install pip-audit==${pins['pip-audit']}
.audit/bin/pip-audit --path "$(${python} -c "import sysconfig; print(sysconfig.get_path('purelib'))")"`

// Django does not start without one, and nothing that is signed with it is kept.
function secretsForTests(names: string[]): Record<string, string> {
  const wanted = ['SECRET_KEY', 'DJANGO_SECRET_KEY'].filter((name) => names.includes(name))
  return Object.fromEntries(wanted.map((name) => [name, 'only-for-this-job']))
}

function notesOf(
  app: PythonFacts,
  { lint, types, tests }: { lint: string | null; types: string | null; tests: string | null },
): string[] {
  const missing = [
    ...(lint === null ? ['ruff or flake8'] : []),
    ...(types === null ? ['mypy or pyright'] : []),
    ...(tests === null ? ['pytest'] : []),
    ...(isCovered(app) ? [] : ['coverage']),
  ]
  if (missing.length === 0) return []
  return [
    `The pipeline of ${app.name} has no job for tools that are not among its dependencies: ${missing.join(', ')}. Add one of each, and run sluice init again.`,
  ]
}
