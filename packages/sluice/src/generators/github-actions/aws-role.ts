import { posix } from 'node:path'
import type { Repository } from '../../detect/facts.ts'
import { branchPattern, roleNote, roleText, type Trust } from '../../pipeline/aws-role.ts'
import { cloudIn, type Pipeline } from '../../pipeline/pipeline.ts'
import { type Generated, madeBy } from '../generator.ts'
import type { GeneratorRequest } from '../request.ts'

/** Whom a token of GitHub is made for. */
export const audience = 'sts.amazonaws.com'

/** The role that the workflow of the released branch pushes with; nothing where it pushes elsewhere than to AWS. */
export function awsRole({ app, repository }: GeneratorRequest, pipelines: Pipeline[]): Generated {
  const cloud = cloudIn(pipelines)
  if (cloud === null) return { files: [], notes: [] }
  const names = namesOf(repository)
  const trust = trustIn(pipelines[0]!.branch, names)
  const path = posix.join(app.folder, 'aws-role-github.yaml')
  const { owner, name } = names ?? { owner: 'OWNER', name: 'REPOSITORY' }
  const id = (field: string) => `"$(gh api repos/${owner}/${name} --jq ${field})"`
  const values = {
    ...(names === null ? { Owner: owner, Repository: name } : {}),
    OwnerId: id('.owner.id'),
    RepositoryId: id('.id'),
  }
  const put = `Set the variable ${cloud.roleVariable} of the repository on GitHub, which is no secret, to`
  return {
    files: [{ path, within: 'project', content: `${madeBy()}\n${roleText(app.name, cloud, trust)}` }],
    notes: [roleNote({ app: app.name, path, values, put }, cloud, trust)],
  }
}

function trustIn(branch: string, names: ReturnType<typeof namesOf>): Trust {
  const isName = '^[A-Za-z0-9_.-]+$'
  return {
    system: 'GitHub Actions',
    issuer: 'token.actions.githubusercontent.com',
    audience,
    compared: 'StringEquals',
    // Both as GitHub has it: with numbers since July 2026, for new repositories and those that were switched over. Who
    // takes over a name does not get its number.
    subjects: [
      'repo:${Owner}/${Repository}:ref:refs/heads/${Branch}',
      'repo:${Owner}@${OwnerId}/${Repository}@${RepositoryId}:ref:refs/heads/${Branch}',
    ],
    parameters: {
      Owner: {
        description: 'Owner of the repository, as GitHub writes it',
        pattern: isName,
        ...(names === null ? {} : { default: names.owner }),
      },
      Repository: {
        description: 'Name of the repository, as GitHub writes it',
        pattern: isName,
        ...(names === null ? {} : { default: names.name }),
      },
      OwnerId: { description: 'Number of the owner', pattern: '^[0-9]+$' },
      RepositoryId: { description: 'Number of the repository', pattern: '^[0-9]+$' },
      Branch: { description: 'The branch that is released', pattern: branchPattern, default: branch },
    },
  }
}

function namesOf(repository: Repository | null): { owner: string; name: string } | null {
  if (repository?.host !== 'github.com') return null
  const [, owner, name] = /^([\w.-]+)\/([\w.-]+)$/.exec(repository.path) ?? []
  return owner === undefined || name === undefined ? null : { owner, name }
}
