import { describe, expect, it } from 'vitest'
import { nodeApp, requestFor, sure } from '../facts.fixture.ts'
import type { GeneratorRequest } from '../request.ts'
import { text } from './groovy.ts'
import { jenkins } from './jenkins.ts'

const scripts = { lint: 'lint', test: 'test', integration: 'test:integration' }
const shop = nodeApp({ scripts, services: [sure('postgres')] })

function generated(app = shop, more: Partial<GeneratorRequest> = {}) {
  const { files, notes } = jenkins.generate(requestFor(app, { target: 'docker', ...more }))
  return { path: files[0]!.path, notes, content: files[0]!.content }
}

/** The stage with a name, without what is around it. */
function stageOf(content: string, name: string): string {
  const [, indent = '', rest = ''] = new RegExp(`^( *)stage\\('${name}'\\) \\{\\n([\\s\\S]*)`, 'm').exec(
    content,
  )!
  return rest.slice(0, rest.indexOf(`\n${indent}}`))
}

describe('Jenkinsfile', () => {
  it('checks, builds once, stages, asks, and releases', () => {
    const names = [...generated().content.matchAll(/^ {4}stage\('(.*)'\)/gm)].map(([, name]) => name)
    expect(names).toEqual([
      'Checks',
      'Preview',
      'Image, built once',
      'Staging',
      'Ask before production',
      'Production',
    ])
  })

  it('has only what a stage may have, each with a limit of time', () => {
    const { content } = generated()
    const known = ['when', 'agent', 'options', 'environment', 'steps', 'post', 'parallel']
    for (const [, indent, name] of content.matchAll(/^( *)stage\('(.*)'\)/gm)) {
      const lines = stageOf(content, name!).split('\n')
      const words = lines.flatMap((line) => new RegExp(`^${indent}  (\\w+)`).exec(line)?.slice(1) ?? [])
      expect(words.filter((word) => !known.includes(word))).toEqual([])
      if (name !== 'Checks') expect(stageOf(content, name!)).toMatch(/timeout\(time: \d+, unit: '\w+'\)/)
    }
  })

  it('asks a person while no agent waits', () => {
    const stage = stageOf(generated().content, 'Ask before production')
    expect(stage).toContain("input message: 'Release shop to production?', ok: 'Release'")
    expect(stage).not.toContain('agent')
  })

  it('releases the main branch alone, on the machine where Sluice runs', () => {
    const stage = stageOf(generated().content, 'Production')
    expect(stage).toContain("branch 'main'")
    expect(stage).toContain("agent { label 'shop-production' }")
    expect(stage).toContain("unstash 'publish'")
    // Jenkins ends what a job has started, if it finds it.
    expect(stage).toContain('export JENKINS_NODE_COOKIE=dontKillMe')
  })

  it('makes a preview only where it is wanted, and never of what a fork has written', () => {
    const stage = stageOf(generated().content, 'Preview')
    expect(stage).toContain('changeRequest()')
    expect(stage).toContain("expression { env.SLUICE_PREVIEWS == 'on' && env.CHANGE_FORK == null }")
    expect(stage).toContain("agent { label 'shop-preview' }")
    expect(stage).toContain('export PREVIEW="pr-$CHANGE_ID"')
  })

  it('gives the registry to nothing that is run for a pull request', () => {
    const { content } = generated()
    expect(stageOf(content, 'Checks')).not.toContain('withCredentials')
    expect(stageOf(content, 'Image, built once')).toContain("credentialsId: 'shop-registry'")
  })

  it('keeps no credentials for ECR: the agent has a role', () => {
    const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme'
    const { content, notes } = generated(shop, { registry })
    expect(content).not.toContain('withCredentials')
    expect(stageOf(content, 'Image, built once')).toContain(`IMAGE_NAME = '${registry}/shop'`)
    expect(notes.join('\n')).toContain('a role that may push to acme/shop')
    expect(notes.join('\n')).not.toContain('credentials shop-registry')
  })

  it('takes the registry that sluice.yaml names', () => {
    const { content } = generated(shop, { registry: 'registry.example.com/team' })
    expect(content).toContain("IMAGE_NAME = 'registry.example.com/team/shop'")
  })

  it('starts servers beside the tests, and ends them whatever comes', () => {
    const stage = stageOf(generated().content, 'Integration tests')
    expect(stage).toContain('docker network create "shop-$EXECUTOR_NUMBER"')
    expect(stage).toContain(`docker.image('node:24').inside("--network shop-\${env.EXECUTOR_NUMBER}")`)
    expect(stage).toContain("DATABASE_URL = 'postgres://app:only-for-this-job@postgres:5432/app'")
    expect(stage.slice(stage.indexOf('post {'))).toContain(
      'docker rm --force "shop-$EXECUTOR_NUMBER-postgres"',
    )
  })

  it('lies beside its app, where there are several', () => {
    const { path, content } = generated(nodeApp({ scripts, folder: 'apps/api', name: 'api' }))
    expect(path).toBe('apps/api/Jenkinsfile')
    expect(content).toContain("changeset 'apps/api/**'")
  })
})

describe('a word of Groovy', () => {
  it.each([
    ['plain', "'plain'"],
    ["it's", "'it\\'s'"],
    ['a\\b', "'a\\\\b'"],
    ['$HOME', "'$HOME'"],
  ])('is what it is: %s', (word, written) => {
    expect(text(word)).toBe(written)
  })
})
