import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { AppFacts } from '../detect/facts.ts'
import { circleci } from '../generators/circleci/circleci.ts'
import { nodeApp, requestFor } from '../generators/facts.fixture.ts'
import type { Generator } from '../generators/generator.ts'
import { githubActions } from '../generators/github-actions/github-actions.ts'
import { gitlabCi } from '../generators/gitlab-ci/gitlab-ci.ts'
import type { GeneratorRequest } from '../generators/request.ts'

const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme'
const printers = { githubActions, gitlabCi, circleci }

interface Case {
  printer: Generator
  repository: { host: string; path: string; defaultBranch: string }
  /** What a person fills in. */
  given: Record<string, string>
  issuer: string
  audience: string
  believed: string[]
  refused: string[]
}

const organization = '5034460f-c7c4-4c43-9457-de07e2029e7b'
const project = '12ad4f3a-1a2b-4c43-9457-000000000001'
const user = '9a9a9a9a-1111-2222-3333-444444444444'
const circle = `org/${organization}/project/${project}/user/${user}`
const origin = 'vcs-origin/github.com/Acme/Shop'

const cases: Record<string, Case> = {
  GitHub: {
    printer: githubActions,
    repository: { host: 'github.com', path: 'Acme/Shop', defaultBranch: 'main' },
    given: { OwnerId: '123', RepositoryId: '456' },
    issuer: 'token.actions.githubusercontent.com',
    audience: 'sts.amazonaws.com',
    believed: ['repo:Acme/Shop:ref:refs/heads/main', 'repo:Acme@123/Shop@456:ref:refs/heads/main'],
    refused: [
      'repo:Acme/Shop:ref:refs/heads/main2',
      'repo:Acme/Shop:ref:refs/tags/main',
      'repo:Acme/Shop:pull_request',
      'repo:Acme/Shop:environment:production',
      'repo:Acme/Shop2:ref:refs/heads/main',
      'repo:Acme@123/Shop@457:ref:refs/heads/main',
      'repo:Acme@124/Shop@456:ref:refs/heads/main',
    ],
  },
  GitLab: {
    printer: gitlabCi,
    repository: { host: 'gitlab.com', path: 'acme/web/shop', defaultBranch: 'main' },
    given: {},
    issuer: 'gitlab.com',
    audience: 'https://gitlab.com',
    believed: ['project_path:acme/web/shop:ref_type:branch:ref:main'],
    refused: [
      'project_path:acme/web/shop:ref_type:branch:ref:mine',
      'project_path:acme/web/shop:ref_type:tag:ref:main',
      'project_path:somebody/shop:ref_type:branch:ref:main',
    ],
  },
  'a GitLab of one’s own': {
    printer: gitlabCi,
    repository: { host: 'git.acme.example', path: 'web/shop', defaultBranch: 'trunk' },
    given: {},
    issuer: 'git.acme.example',
    audience: 'https://git.acme.example',
    believed: ['project_path:web/shop:ref_type:branch:ref:trunk'],
    refused: ['project_path:web/shop:ref_type:branch:ref:main'],
  },
  CircleCI: {
    printer: circleci,
    repository: { host: 'github.com', path: 'Acme/Shop', defaultBranch: 'main' },
    given: { Organization: organization, Project: project },
    issuer: `oidc.circleci.com/org/${organization}`,
    audience: organization,
    believed: [`${circle}/${origin}/vcs-ref/refs/heads/main`],
    refused: [
      circle,
      `${circle}/${origin}/vcs-ref/refs/heads/mine`,
      `${circle}/${origin}/vcs-ref/refs/tags/main`,
      `${circle}/vcs-origin/github.com/somebody/Shop/vcs-ref/refs/heads/main`,
      // A branch that is named like the end of what is believed.
      `${circle}/${origin}/vcs-ref/refs/heads/x/${origin}/vcs-ref/refs/heads/main`,
    ],
  },
}

function generated(printer: Generator, more: Partial<GeneratorRequest> = {}, app: AppFacts = nodeApp()) {
  const { files, notes } = printer.generate(requestFor(app, { target: 'docker', registry, ...more }))
  const file = files.find(({ path }) => path.includes('aws-role'))
  return { file, notes, template: file === undefined ? null : parse(file.content) }
}

/** A value of a template once the stack has been created with these parameters. */
function settled(value: unknown, parameters: Record<string, string>): unknown {
  const put = (text: string) => text.replaceAll(/\$\{(\w+)\}/g, (all, name) => parameters[name] ?? all)
  if (Array.isArray(value)) return value.map((one) => settled(one, parameters))
  if (typeof value !== 'object' || value === null) return value
  const sub = (value as Record<string, unknown>)['Fn::Sub']
  if (typeof sub === 'string') return put(sub)
  if (Array.isArray(sub)) return JSON.parse(put(sub[0]))
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, settled(one, parameters)]))
}

type Policy = { Statement: [{ Condition: Record<string, Record<string, string | string[]>> }] }

/** As IAM compares: one of the values for every key. */
function believes(policy: Policy, claims: Record<string, string>): boolean {
  return Object.entries(policy.Statement[0].Condition).every(([operator, wanted]) =>
    Object.entries(wanted).every(([key, values]) =>
      [values].flat().some((one) => {
        if (operator === 'StringEquals') return one === claims[key]
        const pattern = one
          .replaceAll(/[.+^${}()|[\]\\/]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')
        return operator === 'StringLike' && new RegExp(`^${pattern}$`).test(claims[key] ?? '')
      }),
    ),
  )
}

describe.each(Object.entries(cases))('the role for %s', (_, one) => {
  const { template } = generated(one.printer, { repository: one.repository })
  const { Parameters, Resources } = template
  const defaults = Object.entries<{ Default?: string }>(Parameters).flatMap(([name, { Default }]) =>
    Default === undefined ? [] : [[name, Default] as const],
  )
  const parameters = { ...Object.fromEntries(defaults), ...one.given }
  const { Provider, Role } = Resources
  const policy = settled(Role.Properties.AssumeRolePolicyDocument, parameters) as Policy

  it('believes the tokens of the released branch, and no others', () => {
    const claims = (sub: string, aud = one.audience) => ({
      [`${one.issuer}:aud`]: aud,
      [`${one.issuer}:sub`]: sub,
    })
    for (const sub of one.believed) expect(believes(policy, claims(sub)), sub).toBe(true)
    for (const sub of one.refused) expect(believes(policy, claims(sub)), sub).toBe(false)
    expect(believes(policy, claims(one.believed[0]!, 'somebody else'))).toBe(false)
    expect(settled(Provider.Properties, parameters)).toEqual({
      Url: `https://${one.issuer}`,
      ClientIdList: [one.audience],
    })
  })

  it('is told what nobody can know before, and takes nothing that would stand for more', () => {
    const asked = Object.keys(Parameters).filter((name) => Parameters[name].Default === undefined)
    expect(asked).toEqual(Object.keys(one.given))
    for (const [name, { AllowedPattern }] of Object.entries<{ AllowedPattern: string }>(Parameters)) {
      const pattern = new RegExp(AllowedPattern)
      if (name in parameters) expect(parameters[name]).toMatch(pattern)
      for (const wide of ['*', 'a*', '?', '${aws:x}', 'a"b', 'a b']) expect(wide).not.toMatch(pattern)
    }
  })

  it('may push to the one repository', () => {
    const [{ PolicyDocument }] = Role.Properties.Policies
    const resources = PolicyDocument.Statement.map(({ Resource }: { Resource: unknown }) => Resource)
    const arn = 'arn:${AWS::Partition}:ecr:eu-west-1:123456789012:repository/acme/shop'
    expect(resources).toEqual(['*', { 'Fn::Sub': arn }])
    const [onAll, onOne] = PolicyDocument.Statement
    expect(onAll.Action).toBe('ecr:GetAuthorizationToken')
    expect(onOne.Action).toContain('ecr:PutImage')
    for (const action of onOne.Action) expect(action).toMatch(/^ecr:[A-Z][A-Za-z]+$/)
  })
})

describe.each(Object.entries(printers))('the role that %s prints', (_, printer) => {
  it('asks for the repository where nothing says which one it is', () => {
    const { template, notes } = generated(printer)
    const asked = Object.keys(template.Parameters).filter(
      (name) => template.Parameters[name].Default === undefined,
    )
    const note = notes.find((one) => one.includes('aws cloudformation deploy'))!
    const overrides = note.slice(note.indexOf('--parameter-overrides'), note.indexOf('. Where'))
    expect([...overrides.matchAll(/ (\w+)=/g)].map(([, name]) => name).sort()).toEqual(asked.sort())
  })

  it('lies beside its app, and has a variable of its own where there are several', () => {
    const { file, notes } = generated(printer, {}, nodeApp({ name: 'api', folder: 'apps/my api' }))
    expect(file!.path).toMatch(/^apps\/my api\/aws-role-\w+\.yaml$/)
    expect(notes.join('\n')).toContain(`--template-file '${file!.path}' --stack-name api-aws-role-`)
    expect(notes.join('\n')).toMatch(/variable AWS_ROLE_ARN_API of|AWS_ROLE_ARN in the context api-registry/)
  })

  it('is not there where the image is kept elsewhere, or there is none', () => {
    expect(generated(printer, { registry: 'registry.example.com/team' }).file).toBeUndefined()
    expect(generated(printer, { registry: null }).file).toBeUndefined()
    expect(generated(printer, { target: 'process' }).file).toBeUndefined()
  })
})
