import { posix } from 'node:path'
import type { Repository } from '../../detect/facts.ts'
import { branchPattern, roleNote, roleText, type Trust } from '../../pipeline/aws-role.ts'
import { cloudIn, type Pipeline } from '../../pipeline/pipeline.ts'
import { type Generated, madeBy } from '../generator.ts'
import type { GeneratorRequest } from '../request.ts'

/** The role that the workflow of the released branch pushes with; nothing where it pushes elsewhere than to AWS. */
export function awsRole({ app, repository }: GeneratorRequest, pipelines: Pipeline[]): Generated {
  const cloud = cloudIn(pipelines)
  if (cloud === null) return { files: [], notes: [] }
  const origin = originOf(repository)
  const trust = trustIn(pipelines[0]!.branch, origin)
  const path = posix.join(app.folder, 'aws-role-circleci.yaml')
  const values = {
    Organization: 'ID',
    Project: 'ID',
    ...(origin === null ? { Origin: 'github.com/OWNER/REPOSITORY' } : {}),
  }
  const put = `The IDs are in the settings of organization and project. Let AWS_ROLE_ARN in the context ${app.name}-registry be`
  return {
    files: [{ path, within: 'project', content: `${madeBy()}\n${roleText(app.name, cloud, trust)}` }],
    notes: [roleNote({ app: app.name, path, values, put }, cloud, trust)],
  }
}

function trustIn(branch: string, origin: string | null): Trust {
  const id = (of: string) => ({ description: `ID of the ${of} on CircleCI`, pattern: `^${uuid}$` })
  return {
    system: 'CircleCI',
    issuer: 'oidc.circleci.com/org/${Organization}',
    audience: '${Organization}',
    compared: 'StringLike',
    // Whoever began it, by the length of an ID: an asterisk would also take a branch that is named like the end of this.
    subjects: [
      `org/\${Organization}/project/\${Project}/user/${anybody}/vcs-origin/\${Origin}/vcs-ref/refs/heads/\${Branch}`,
    ],
    parameters: {
      Organization: id('organization'),
      Project: id('project'),
      Origin: {
        description: 'Where the repository is, as github.com/acme/shop',
        pattern: '^[A-Za-z0-9_./-]+$',
        ...(origin === null ? {} : { default: origin }),
      },
      Branch: { description: 'The branch that is released', pattern: branchPattern, default: branch },
    },
  }
}

const lengths = [8, 4, 4, 4, 12]
const uuid = lengths.map((length) => `[0-9a-f]{${length}}`).join('-')
const anybody = lengths.map((length) => '?'.repeat(length)).join('-')

function originOf(repository: Repository | null): string | null {
  const origin = repository === null ? '' : `${repository.host}/${repository.path}`
  return /^[\w.-]+(?:\/[\w.-]+)+$/.test(origin) ? origin : null
}
