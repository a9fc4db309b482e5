import { posix } from 'node:path'
import type { NodeFacts, PythonFacts } from '../../../detect/facts.ts'
import { nearestHolding } from '../../../detect/holds.ts'
import type { Evidence } from '../../check.ts'
import type { Look } from '../../look/look.ts'

/** Something that the project itself has to prove that it works. */
export interface Task {
  /** `tests`, `lint`, `types` … */
  purpose: string
  isTest: boolean
  command: string[]
  /** Where it is declared. */
  from: Evidence
}

/** What the project declares, quick ones first. */
export function declaredTasks(look: Look): Task[] {
  const { app } = look
  if (app.stack === 'node') return nodeTasks(look, app)
  if (app.stack === 'go') return goTasks(look)
  if (app.stack === 'python') return pythonTasks(look, app)
  return []
}

const purposes = ['lint', 'types', 'test', 'integration', 'end-to-end'] as const

const runners: { [K in NodeFacts['packageManager']['value']]: string } = {
  npm: 'npm',
  pnpm: 'pnpm',
  'yarn-classic': 'yarn',
  'yarn-berry': 'yarn',
  bun: 'bun',
}

function nodeTasks({ files }: Look, { scripts, packageManager }: NodeFacts): Task[] {
  const runner = runners[packageManager.value]
  return purposes.flatMap((purpose) => {
    const name = scripts[purpose]
    if (name === undefined) return []
    const isTest = purpose !== 'lint' && purpose !== 'types'
    const from = { says: `the script ${name}`, file: files.at('package.json') }
    return [{ purpose, isTest, command: [runner, 'run', name], from }]
  })
}

const linterRules = ['.golangci.yml', '.golangci.yaml', '.golangci.toml', '.golangci.json']

function goTasks(look: Look): Task[] {
  const { files } = look
  const module = moduleOf(look)
  const tests = testsOfModule(look, module)
  const linter = ['.', module]
    .flatMap((folder) => linterRules.map((name) => posix.join(folder, name)))
    .find(files.exists)
  // From where the module begins: an app of a larger one has tests beside what it imports.
  const go = module === '.' ? ['go'] : ['go', '-C', module]
  const vet = { purpose: 'lint', isTest: false, command: [...go, 'vet', './...'] }
  const goMod = files.at(posix.join(module, 'go.mod'))
  return [
    { ...vet, from: { says: 'go vet knows every module', file: goMod } },
    ...(linter === undefined
      ? []
      : [
          {
            ...vet,
            command: ['golangci-lint', 'run'],
            from: { says: 'rules for it', file: files.at(linter) },
          },
        ]),
    ...(tests.length === 0
      ? []
      : [
          {
            purpose: 'test',
            isTest: true,
            command: [...go, 'test', './...'],
            from: { says: filesOfTests(tests), file: tests[0]! },
          },
        ]),
  ]
}

/** Where the app's module begins, seen from the app's folder. */
function moduleOf({ app, files }: Look): string {
  const { file } = app.because
  return files.exists('go.mod') || posix.basename(file) !== 'go.mod' ? '.' : posix.dirname(file)
}

/** By their names from the repository's folder. */
function testsOfModule({ files, repositoryFiles }: Look, module: string): string[] {
  if (module === '.') return files.matching(/_test\.go$/).map((path) => files.at(path))
  const home = files.at(module)
  const modules = repositoryFiles.matching(/(?:^|\/)go\.mod$/).map((path) => posix.dirname(path))
  return repositoryFiles.matching(/_test\.go$/).filter((path) => nearestHolding(path, modules) === home)
}

function pythonTasks({ files }: Look, app: PythonFacts): Task[] {
  const run = pythonRunner(files, app)
  // Tools take the rules of a workspace where a member has none of its own.
  const folders = [...new Set(['.', app.workspaceRoot ?? '.'])]
  const projects = folders.map((folder) => posix.join(folder, 'pyproject.toml'))
  const project = projects.map((path) => files.read(path) ?? '').join('\n')
  const tool = (name: string) => project.includes(`[tool.${name}`)
  const found = (...names: string[]) =>
    folders.flatMap((folder) => names.map((name) => posix.join(folder, name))).find(files.exists)
  const at = (tool: string, ...names: string[]) =>
    files.at(
      found(...names) ?? projects.find((path) => files.read(path)?.includes(`[tool.${tool}`)) ?? projects[0]!,
    )
  const tasks: Task[] = []
  if (tool('ruff') || found('ruff.toml', '.ruff.toml') !== undefined) {
    const from = { says: 'rules for ruff', file: at('ruff', 'ruff.toml', '.ruff.toml') }
    tasks.push({ purpose: 'lint', isTest: false, command: [...run, 'ruff', 'check', '.'], from })
  } else if (files.exists('.flake8')) {
    const from = { says: 'rules for flake8', file: files.at('.flake8') }
    tasks.push({ purpose: 'lint', isTest: false, command: [...run, 'flake8'], from })
  }
  if (tool('mypy') || files.exists('mypy.ini')) {
    const from = { says: 'rules for mypy', file: at('mypy', 'mypy.ini') }
    tasks.push({ purpose: 'types', isTest: false, command: [...run, 'mypy', '.'], from })
  }
  const tests = files.matching(/(?:^|\/)(?:test_[^/]*|[^/]*_test|tests?)\.py$|(?:^|\/)tests\/[^/]+\.py$/)
  const realTests = tests.filter((path) => /\bdef test|\bclass \w*Test/.test(files.read(path) ?? ''))
  if (realTests.length === 0) return tasks
  const usesPytest =
    app.dependencies.includes('pytest') ||
    tool('pytest') ||
    files.exists('pytest.ini') ||
    /^\[tool:pytest\]/m.test(files.read('setup.cfg') ?? '') ||
    /\bpytest\b/.test(project) ||
    files
      .matching(/^[\w./-]*requirements[\w./-]*\.(?:txt|in)$/)
      .some((path) => /^pytest\b/m.test(files.read(path)!))
  const from = { says: filesOfTests(realTests), file: files.at(realTests[0]!) }
  const interpreter = run.slice(0, -1)
  const command = usesPytest
    ? [...run, 'pytest']
    : app.django === null
      ? [...interpreter, '-m', 'unittest', 'discover']
      : [...interpreter, app.django.managePy, 'test', '--no-input']
  return [...tasks, { purpose: 'test', isTest: true, command, from }]
}

// `… -m`, so that what is run is the module of the very environment that the app has.
function pythonRunner(files: Look['files'], { manager }: PythonFacts): string[] {
  const within = {
    uv: ['uv', 'run'],
    poetry: ['poetry', 'run'],
    pipenv: ['pipenv', 'run'],
    pdm: ['pdm', 'run'],
  }
  if (manager.value !== 'pip') return [...within[manager.value], 'python', '-m']
  // The interpreter in it is a link that leads elsewhere; this file is the environment's own.
  const folder = ['.venv', 'venv'].find((name) => files.exists(`${name}/pyvenv.cfg`))
  return [folder === undefined ? 'python3' : `${folder}/bin/python`, '-m']
}

function filesOfTests({ length }: string[]): string {
  return length === 1 ? 'one file of tests' : `${length} files of tests`
}
