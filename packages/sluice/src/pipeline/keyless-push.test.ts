import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { found } from '../checks/look.fixture.ts'
import { cloudKeys } from '../checks/security/cloud-keys.ts'
import { circleci } from '../generators/circleci/circleci.ts'
import { nodeApp, requestFor } from '../generators/facts.fixture.ts'
import type { Generator } from '../generators/generator.ts'
import { githubActions } from '../generators/github-actions/github-actions.ts'
import { gitlabCi } from '../generators/gitlab-ci/gitlab-ci.ts'
import { jenkins } from '../generators/jenkins/jenkins.ts'
import { deployJobs } from './deploy-jobs.ts'
import { ecrOf } from './ecr.ts'
import { publish } from './image-jobs.ts'
import { fakeDocker, runScript } from './shell.fixture.ts'

const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme'
const app = nodeApp()
const request = requestFor(app, { target: 'docker', registry })
const role = 'arn:aws:iam::123456789012:role/shop'
const image = `${registry}/shop`
const digest = `sha256:${'5'.repeat(64)}`

function printed(printer: Generator, name: string) {
  return parse(printer.generate(request).files.find(({ path }) => path.endsWith(name))!.content)
}

/** How each CI system hands a job its token, and what the job then runs. */
const systems: Record<string, { script: () => string; token: (value: string) => Record<string, string> }> = {
  'GitHub Actions': {
    script: () => printed(githubActions, 'shop-main.yml').jobs.publish.steps[1].run,
    token: () => ({
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://tokens.example/?api-version=2',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'to-ask-with',
    }),
  },
  'GitLab CI': {
    script: () => printed(gitlabCi, '.gitlab-ci.yml').publish.script.join('\n'),
    token: (value) => ({ IDENTITY_TOKEN: value }),
  },
  CircleCI: {
    script: () => printed(circleci, 'config.yml').jobs.publish.steps[1].run.command,
    token: (value) => ({ CIRCLE_OIDC_TOKEN_V2: value }),
  },
}

// Answers only whom it knows, for the audience that AWS wants.
const curl = `case "$*" in *to-ask-with*) exit 9 ;; *"/?api-version=2&audience=sts.amazonaws.com") ;; *) exit 22 ;; esac
[ "$(cat)" = 'Authorization: bearer to-ask-with' ] || exit 22
echo '{"count":7,"value":"header.claims.signature"}'`

// Looks at what the AWS CLI looks at.
const aws = `echo "aws $*" >> calls.txt
[ "$AWS_ROLE_ARN" = '${role}' ] && [ "$(cat "$AWS_WEB_IDENTITY_TOKEN_FILE")" = header.claims.signature ] || exit 255
ls -l "$AWS_WEB_IDENTITY_TOKEN_FILE" | cut -c 1-10 > mode.txt
printf %s "$AWS_WEB_IDENTITY_TOKEN_FILE" > where.txt
echo a-password-of-ecr`

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-keyless-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const text = (name: string) => readFileSync(join(folder, name), 'utf8')

function run(script: string, env: Record<string, string>, programs: Record<string, string> = {}) {
  const docker = fakeDocker({ 'containerimage.digest': digest })
  const known = { IMAGE_NAME: image, REVISION: 'f00', AWS_ROLE_ARN: role, ...env }
  return runScript(folder, script, { apk: 'exit 0', aws, curl, docker, ...programs }, known)
}

describe.each(Object.entries(systems))('a push from %s to ECR', (_, { script, token }) => {
  it('signs in by the token of the job, which is in one file that nobody else reads and that is gone afterwards', () => {
    const { status, stdout, stderr } = run(script(), token('header.claims.signature'))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(text('calls.txt')).toContain('aws ecr get-login-password --region eu-west-1\n')
    expect(text('calls.txt')).toContain(`login ${image.split('/')[0]} --username AWS --password-stdin\n`)
    expect(text('password.txt')).toBe('a-password-of-ecr')
    expect(text('outputs.env')).toBe(`IMAGE=${image}\nDIGEST=${digest}\n`)
    expect(text('mode.txt')).toBe('-rw-------\n')
    expect(existsSync(text('where.txt'))).toBe(false)
    expect(stdout + text('calls.txt') + text('outputs.env')).not.toMatch(/signature|to-ask-with|a-password/)
  })

  it('fails where the CI system makes no token, and asks for nothing with another one', () => {
    expect(run(script(), token(''), { curl: 'exit 22' }).status).not.toBe(0)
    expect(existsSync(join(folder, 'password.txt'))).toBe(false)
    // Only Docker's builder, which is removed.
    expect(text('calls.txt')).not.toContain('aws')
  })

  it('fails where AWS does not believe it, and leaves no file', () => {
    const refusing = `printf %s "$AWS_WEB_IDENTITY_TOKEN_FILE" > where.txt; exit 255`
    expect(run(script(), token('header.claims.signature'), { aws: refusing }).status).toBe(255)
    expect(existsSync(text('where.txt'))).toBe(false)
    expect(text('calls.txt')).not.toMatch(/^login/m)
  })
})

describe('a job on a machine with a role of its own', () => {
  const cloud = ecrOf(app, registry)!
  const own = 'echo "$AWS_WEB_IDENTITY_TOKEN_FILE" > where.txt; echo a-password-of-ecr'

  it('pushes with that where the CI system makes no token, and leaves its files alone', () => {
    writeFileSync(join(folder, 'of-the-machine'), 'kept')
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'of-the-machine') }
    const { status } = run(publish(app, [], cloud).steps[0]!.script, env, { aws: own })
    expect([status, text('where.txt')]).toEqual([0, `${folder}/of-the-machine\n`])
    expect(text('of-the-machine')).toBe('kept')
  })

  it('pulls with that, and forgets the password', () => {
    const [staging] = deployJobs({ app, target: 'docker', checks: [], cloud })
    const env = { IMAGE: image, DIGEST: digest }
    expect(run(staging!.steps[0]!.script, env, { aws: own, npx: 'exit 0' }).status).toBe(0)
    const host = image.split('/')[0]
    expect(text('calls.txt')).toBe(`login ${host} --username AWS --password-stdin\nlogout ${host}\n`)
    expect(run(staging!.steps[0]!.script, env, { aws: 'exit 255' }).status).toBe(255)
  })
})

it.each(Object.entries({ githubActions, gitlabCi, circleci, jenkins }))(
  'is judged by sluice check as a pipeline of %s without a key',
  async (_, printer) => {
    const files = printer.generate(request).files.map(({ path, content }) => [path, content])
    expect(await found(cloudKeys, Object.fromEntries(files))).toMatchObject({ status: 'pass' })
  },
)
