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
  const { folder, django, dependencies } = app
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
  const has = (name: string) => dependencies.includes(name)
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

function testsOf({ dependencies, django }: PythonFacts): string | null {
  const has = (name: string) => dependencies.includes(name)
  if (has('pytest') && has('pytest-cov'))
    return `${python} -m pytest --cov --cov-report=term --cov-report=xml`
  const plain = has('pytest') ? '-m pytest' : django === null ? null : `${shellWord(django.managePy)} test`
  if (plain === null) return null
  return has('coverage')
    ? `${python} -m coverage run ${plain}\n${python} -m coverage report\n${python} -m coverage xml`
    : `${python} ${plain}`
}

function coverageFile({ dependencies, folder }: PythonFacts): Partial<Job> {
  const isCovered = dependencies.includes('pytest-cov') || dependencies.includes('coverage')
  return isCovered ? { artifacts: [posix.join(folder, 'coverage.xml')] } : {}
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
  { name, dependencies }: PythonFacts,
  { lint, types, tests }: { lint: string | null; types: string | null; tests: string | null },
): string[] {
  const missing = [
    ...(lint === null ? ['ruff or flake8'] : []),
    ...(types === null ? ['mypy or pyright'] : []),
    ...(tests === null ? ['pytest'] : []),
    ...(dependencies.includes('pytest-cov') || dependencies.includes('coverage') ? [] : ['coverage']),
  ]
  if (missing.length === 0) return []
  return [
    `The pipeline of ${name} has no job for tools that are not among the dependencies it runs with: ${missing.join(', ')}. Where they are kept for development, add the job.`,
  ]
}
