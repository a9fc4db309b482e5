import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeApp, sure } from '../generators/facts.fixture.ts'
import { deployJobs, previewJob, removePreviewJob } from './deploy-jobs.ts'
import { publish } from './image-jobs.ts'
import { fakeDocker, runScript } from './shell.fixture.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-release-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function run(script: string, programs: Record<string, string>, env: Record<string, string> = {}) {
  const { status, stdout } = runScript(folder, script, programs, env)
  return { status, stdout }
}

const app = nodeApp({ health: { readiness: sure('/readyz'), liveness: null } })
const digest = `sha256:${'5'.repeat(64)}`

describe('the build of an image', () => {
  const script = publish(app, [], null).steps[0]!.script
  const env = {
    IMAGE_NAME: 'ghcr.io/Acme/Shop',
    REVISION: 'f00',
    REGISTRY_USER: 'ann',
    REGISTRY_TOKEN: 'secret',
  }

  it('hands on the name in small letters and the digest that was pushed', () => {
    const metadata = {
      'containerimage.config.digest': `sha256:${'1'.repeat(64)}`,
      'containerimage.descriptor': { digest: `sha256:${'2'.repeat(64)}` },
      'containerimage.digest': digest,
    }
    const { status, stdout } = run(script, { docker: fakeDocker(metadata) }, env)
    expect(status).toBe(0)
    expect(stdout).toContain(`ghcr.io/acme/shop@${digest}`)
    expect(readFileSync(join(folder, 'outputs.env'), 'utf8')).toBe(
      `IMAGE=ghcr.io/acme/shop\nDIGEST=${digest}\n`,
    )
    const calls = readFileSync(join(folder, 'calls.txt'), 'utf8')
    expect(calls).toContain('login ghcr.io --username ann --password-stdin')
    expect(calls).toContain('--tag ghcr.io/acme/shop:f00')
    expect(calls).not.toContain('secret')
    expect(calls).toMatch(/buildx rm --force sluice-\d+\n$/)
  })

  it('fails where the build names no digest', () => {
    expect(run(script, { docker: fakeDocker({}) }, env).status).not.toBe(0)
  })
})

describe('a deploy', () => {
  const [staging, production] = deployJobs({ app, target: 'process', checks: [], cloud: null })
  const deploy = staging!.steps[0]!.script
  const [, smoke] = production!.steps
  const status = `echo '{"environments":[{"url":"http://shop.example/","stable":{"release":"r7"}}]}'`

  it('ends as Sluice ended, and says what a release that was undone means', () => {
    expect(run(deploy, { npx: 'exit 0' })).toEqual({ status: 0, stdout: '' })
    const undone = run(deploy, { npx: 'exit 10' })
    expect(undone.status).toBe(10)
    expect(undone.stdout).toContain('was undone; the old one serves')
    expect(run(deploy, { npx: 'exit 3' })).toEqual({ status: 3, stdout: '' })
  })

  it('is asked how it is where users reach it', () => {
    const { status: code, stdout } = run(smoke!.script, { npx: status, curl: 'echo 200' })
    expect([code, stdout]).toEqual([0, '200 from http://shop.example/readyz\n'])
  })

  it('is taken back from production where it does not answer well', () => {
    const npx = `echo "$*" >> calls.txt\n${status}`
    expect(run(smoke!.script, { npx, curl: 'echo 503' }).status).toBe(1)
    expect(readFileSync(join(folder, 'calls.txt'), 'utf8')).toContain(
      '--yes sluice@0.1.0 rollback --app shop --env production',
    )
  })

  it('says which release production is to get', () => {
    const { status: code } = run(staging!.steps.at(-1)!.script, { npx: status })
    expect(code).toBe(0)
    expect(readFileSync(join(folder, 'outputs.env'), 'utf8')).toBe('RELEASE=r7\n')
  })

  it('of an app that names no path for it is well as long as it does not fail', () => {
    const [plain] = deployJobs({ app: nodeApp(), target: 'process', checks: [], cloud: null })
    const { script } = plain!.steps[1]!
    expect(run(script, { npx: status, curl: 'echo 404' }).status).toBe(0)
    expect(run(script, { npx: status, curl: 'echo 500' }).status).toBe(1)
    expect(run(script, { npx: status, curl: 'echo 000; exit 7' }).status).toBe(1)
  })
})

describe('a preview', () => {
  const [deploy, smoke, where] = previewJob({ app, checks: [] }).steps
  const npx = `echo "$*" >> calls.txt
case "$*" in *list*) echo '{"kind":"preview","url":"http://pr-7.example/"}' ;; esac`
  const env = { PREVIEW: 'pr-7; reboot' }

  it('is deployed and removed by a name that no shell reads', () => {
    for (const { script } of [deploy!, removePreviewJob(app).steps[0]!])
      expect(run(script, { npx }, env).status).toBe(0)
    expect(readFileSync(join(folder, 'calls.txt'), 'utf8')).toBe(
      [
        '--yes sluice@0.1.0 preview deploy --name pr-7; reboot',
        '--yes sluice@0.1.0 preview remove --app shop --name pr-7; reboot\n',
      ].join('\n'),
    )
    expect(run(deploy!.script, { npx }).status).not.toBe(0)
  })

  it('fails its job where it does not answer well, and says where it is where it does', () => {
    expect(run(smoke!.script, { npx, curl: 'echo 503' }, env).status).toBe(1)
    expect(run(smoke!.script, { npx, curl: 'echo 200' }, env)).toEqual({
      status: 0,
      stdout: '200 from http://pr-7.example/readyz\n',
    })
    expect(run(where!.script, { npx }, env).status).toBe(0)
    expect(readFileSync(join(folder, 'outputs.env'), 'utf8')).toBe('PREVIEW_URL=http://pr-7.example/\n')
  })
})
