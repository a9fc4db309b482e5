import { describe, expect, it } from 'vitest'
import type { AppFacts } from '../detect/facts.ts'
import { circleci } from '../generators/circleci/circleci.ts'
import { codepipeline } from '../generators/codepipeline/codepipeline.ts'
import { djangoApp, goApp, nodeApp, requestFor, staticSite, sure } from '../generators/facts.fixture.ts'
import { githubActions } from '../generators/github-actions/github-actions.ts'
import { gitlabCi } from '../generators/gitlab-ci/gitlab-ci.ts'
import { jenkins } from '../generators/jenkins/jenkins.ts'
import { stamped } from '../generators/stamp.ts'
import { planPipelines } from './plan-pipelines.ts'

const printers = { githubActions, gitlabCi, circleci, jenkins, codepipeline }

const scripts = { lint: 'lint', types: 'typecheck', test: 'test', integration: 'test:integration' }
const apps: [string, AppFacts][] = [
  ['Express', nodeApp({ scripts, services: [sure('postgres')] })],
  ['an app of several', nodeApp({ scripts, folder: 'apps/api', packageManager: sure('pnpm') })],
  ['Go', goApp()],
  ['Django', djangoApp({ services: [sure('postgres')] })],
  ['static files', staticSite()],
]

const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme'
const places = [
  ['process', 'of its machine', null],
  ['docker', 'of the CI system', null],
  ['docker', 'in ECR', ecr],
] as const

describe.each(Object.entries(printers))('what %s prints', (_, printer) => {
  describe.each(places)('for %s with a registry %s', (target, _, registry) => {
    it.each(apps)('runs all that the pipelines of %s have, and asks before production', (_, app) => {
      const request = requestFor(app, { target, registry })
      const text = printer
        .generate(request)
        .files.map(({ content }) => content)
        .join('\n')
      // The stack that it is has a registry of its own.
      const isOwn = printer === codepipeline
      const { pipelines } = planPipelines(isOwn ? { ...request, registry: null } : request)
      for (const { jobs } of pipelines)
        for (const { steps, approval, timeoutMinutes } of jobs) {
          const lines = steps.flatMap(({ script }) => script.split('\n'))
          // What means something to the format as well is written in another way there.
          const plain = lines.filter((line) => !/['\\"]/.test(line)).map((line) => line.trim())
          expect(plain.filter((line) => !text.includes(line))).toEqual([])
          expect(text).toContain(String(timeoutMinutes))
          if (approval !== null && printer !== githubActions && printer !== circleci)
            expect(text).toContain(approval)
        }
    })

    it.each(apps)('is a file of the project that can be stamped: %s', (_, app) => {
      const { files } = printer.generate(requestFor(app, { target, registry }))
      expect(files.length).toBeGreaterThan(0)
      for (const { content, within } of files) {
        expect(within).toBe('project')
        expect(stamped(content)).toMatch(/^(?:#|\/\/) Made by .* \([0-9a-f]{8}\)\n/)
        expect(content.endsWith('\n')).toBe(true)
      }
    })
  })

  it('is nothing where a name means something to a CI system', () => {
    const { files, notes } = printer.generate(requestFor(nodeApp({ folder: 'a${{ b }}' })))
    expect(files).toEqual([])
    expect(notes[0]).toContain('gets no pipeline')
  })

  it('never names an image by a tag where it deploys it, and never a newest one', () => {
    const { files } = printer.generate(requestFor(nodeApp({ scripts }), { target: 'swarm' }))
    const text = files.map(({ content }) => content).join('\n')
    expect(text).not.toContain(':latest')
    expect(text.match(/deploy --image \S+/g)).toEqual([
      'deploy --image "${IMAGE:?}@${DIGEST:?}"',
      'deploy --image "${IMAGE:?}@${DIGEST:?}"',
    ])
  })
})
