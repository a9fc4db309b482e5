import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AppFacts } from '../../packages/sluice/src/detect/facts.ts'
import { circleci } from '../../packages/sluice/src/generators/circleci/circleci.ts'
import { codepipeline } from '../../packages/sluice/src/generators/codepipeline/codepipeline.ts'
import {
  djangoApp,
  goApp,
  nodeApp,
  requestFor,
  staticSite,
  sure,
} from '../../packages/sluice/src/generators/facts.fixture.ts'
import { githubActions } from '../../packages/sluice/src/generators/github-actions/github-actions.ts'
import { gitlabCi } from '../../packages/sluice/src/generators/gitlab-ci/gitlab-ci.ts'
import { jenkins } from '../../packages/sluice/src/generators/jenkins/jenkins.ts'
import { shellsIn } from './generated-shells.ts'

/** A virtual environment with test/validators.txt in it. */
const validators = process.env.SLUICE_VALIDATORS
const missing =
  validators === undefined
    ? 'SLUICE_VALIDATORS names no virtual environment with the packages of test/validators.txt'
    : (['check-jsonschema', 'zizmor', 'cfn-lint', 'python'].find(
        (name) => !existsSync(join(validators, 'bin', name)),
      ) ?? null)
if (missing !== null) console.log(`skipped: pipelines by the validators of others: ${missing}`)

const scripts = {
  lint: 'lint',
  types: 'typecheck',
  test: 'test',
  integration: 'test:integration',
  build: 'build',
}
const services = (['postgres', 'mysql', 'mongodb', 'redis', 'rabbitmq'] as const).map((name) => sure(name))
const readiness = { readiness: sure('/readyz'), liveness: null }
const apps: Record<string, AppFacts> = {
  express: nodeApp({ scripts, services, health: readiness }),
  bare: nodeApp({ scripts: {}, hasDependencies: false, lockfiles: [] }),
  pnpm: nodeApp({ scripts, folder: 'apps/api', name: 'api', packageManager: sure('pnpm') }),
  yarn: nodeApp({ scripts, packageManager: sure('yarn-berry'), readsPort: false }),
  bun: nodeApp({ scripts, packageManager: sure('bun') }),
  workspace: nodeApp({ scripts, folder: 'apps/my web', name: 'web', workspaceRoot: '.' }),
  go: goApp({ services }),
  django: djangoApp({
    services,
    dependencies: ['django', 'ruff', 'mypy', 'pytest', 'pytest-cov'],
    systemPackages: { build: ['libpq-dev'], run: [] },
  }),
  uv: djangoApp({ django: null, manager: sure('uv'), lockfiles: ['uv.lock'] }),
  static: staticSite(),
}
const targets = ['process', 'docker', 'swarm'] as const
const printers = { githubActions, gitlabCi, circleci, jenkins, codepipeline }

/** Those that push to ECR by a role, where it is known which repository they are of and where it is not. */
const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme'
const keyless = { githubActions, gitlabCi, circleci, jenkins }
const hosts = {
  githubActions: 'github.com',
  gitlabCi: 'git.acme.example',
  circleci: 'github.com',
  jenkins: 'github.com',
}

let root: string
/** Relative to the folder of its own that each app and target has, with where it is. */
const written: { path: string; file: string; content: string }[] = []

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-pipelines-'))
  for (const [name, app] of Object.entries(apps))
    for (const target of targets)
      for (const printer of Object.values(printers))
        await write(`${name}-${target}`, printer.generate(requestFor(app, { target })).files)
  for (const [name, printer] of Object.entries(keyless)) {
    const repository = { host: hosts[name as keyof typeof hosts], path: 'Acme/Shop', defaultBranch: 'main' }
    const known = requestFor(apps.express!, { target: 'docker', registry, repository })
    await write('express-ecr', printer.generate(known).files)
    await write('pnpm-ecr', printer.generate(requestFor(apps.pnpm!, { target: 'swarm', registry })).files)
  }
})

async function write(folder: string, files: { path: string; content: string }[]): Promise<void> {
  for (const { path, content } of files) {
    const file = join(root, folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
    written.push({ path, file, content })
  }
}

afterAll(() => rm(root, { recursive: true, force: true }))

function filesOf(pattern: RegExp): string[] {
  return written.filter(({ path }) => pattern.test(path)).map(({ file }) => file)
}

function run(program: string, args: string[]) {
  const { status, stdout, stderr } = spawnSync(join(validators!, 'bin', program), args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return { status, stdout, said: stdout + stderr }
}

describe.skipIf(missing !== null)('what is generated for a CI system', () => {
  it.each([
    ['vendor.github-workflows', /workflows\//],
    ['custom.github-workflows-require-timeout', /workflows\//],
    ['vendor.dependabot', /dependabot\.yml$/],
    ['vendor.gitlab-ci', /\.gitlab/],
    ['vendor.circle-ci', /\.circleci\//],
  ])('is what its schema wants: %s', (schema, pattern) => {
    const files = filesOf(pattern)
    expect(files.length).toBeGreaterThan(10)
    const { status, said } = run('check-jsonschema', ['--builtin-schema', schema, ...files])
    expect(said).toContain('ok -- validation done')
    expect(status).toBe(0)
  })

  it('is a template that CloudFormation takes', () => {
    const { status, said } = run('cfn-lint', filesOf(/codepipeline\.yaml$/))
    expect(said).toBe('')
    expect(status).toBe(0)
  })

  it('is a template with the role that it needs', () => {
    const files = filesOf(/aws-role-\w+\.yaml$/)
    expect(files).toHaveLength(6)
    const { status, said } = run('cfn-lint', files)
    expect(said).toBe('')
    expect(status).toBe(0)
  })

  it('is Groovy, where it is a Jenkinsfile', () => {
    const { said } = run('python', ['-c', groovyErrors, ...filesOf(/Jenkinsfile$/)])
    expect(said).toBe('')
    const broken = join(root, 'broken')
    spawnSync('sh', ['-c', 'echo "pipeline { agent none stages { stage(" > "$0"', broken])
    expect(run('python', ['-c', groovyErrors, broken]).said).toContain(broken)
  })

  it('is found safe by zizmor, as everybody runs it', () => {
    expect(findings('regular')).toEqual([])
  })

  it.each(['pedantic', 'auditor'])('is found safe by zizmor as %s, but for what is said here', (persona) => {
    const known: Record<string, string> = {
      'unpinned-images':
        'a digest that nobody has pulled is a promise about somebody else’s server; these servers hold nothing and are gone with the job',
      'self-hosted-runner':
        'Sluice deploys from the machine where the app runs; only what was pushed to the main branch gets there',
    }
    expect(findings(persona).filter((name) => known[name] === undefined)).toEqual([])
  })

  // The names of what was found.
  function findings(persona: string): string[] {
    const options = ['--offline', '--no-progress', '--quiet', '--format=json', `--persona=${persona}`]
    const { stdout } = run('zizmor', [...options, ...filesOf(/workflows\/|dependabot\.yml$/)])
    return [...new Set((JSON.parse(stdout) as { ident: string }[]).map(({ ident }) => ident))]
  }
})

/** Says where a parser of Groovy found something that is none. */
const groovyErrors = `
import sys, tree_sitter, tree_sitter_groovy
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_groovy.language()))
for path in sys.argv[1:]:
    with open(path, 'rb') as file:
        if parser.parse(file.read()).root_node.has_error:
            print(path)
`

describe('every shell script that is generated', () => {
  it.each(['bash', 'dash'])('is read by %s without a complaint', (shell) => {
    const scripts = new Set(written.flatMap(({ path, content }) => shellsIn(path, content)))
    expect(scripts.size).toBeGreaterThan(100)
    for (const script of scripts) {
      const { status, stderr } = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' })
      expect(stderr, script).toBe('')
      expect(status).toBe(0)
    }
  })
})
