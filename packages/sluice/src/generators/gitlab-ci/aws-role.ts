import { posix } from 'node:path'
import type { Repository } from '../../detect/facts.ts'
import { branchPattern, roleNote, roleText, type Trust } from '../../pipeline/aws-role.ts'
import { cloudIn, type Pipeline } from '../../pipeline/pipeline.ts'
import { type Generated, madeBy } from '../generator.ts'
import type { GeneratorRequest } from '../request.ts'

/** The role that the job of the default branch pushes with; nothing where it pushes elsewhere than to AWS. */
export function awsRole({ app, repository }: GeneratorRequest, pipelines: Pipeline[]): Generated {
  const cloud = cloudIn(pipelines)
  if (cloud === null) return { files: [], notes: [] }
  const project = projectOf(repository)
  const host = hostOf(repository)
  const trust = trustIn(pipelines[0]!.branch, host, project)
  const path = posix.join(app.folder, 'aws-role-gitlab.yaml')
  const values: Record<string, string> = project === null ? { Project: 'GROUP/PROJECT' } : {}
  const put = `Set the variable ${cloud.roleVariable} of the project on GitLab to`
  return {
    files: [{ path, within: 'project', content: `${madeBy()}\n${roleText(app.name, cloud, trust)}` }],
    notes: [
      roleNote({ app: app.name, path, values, put }, cloud, trust),
      ...(host === 'gitlab.com'
        ? []
        : [
            `AWS has to reach https://${host}/.well-known/openid-configuration, and ${host} has to be GitLab 18.2.2 or newer: an older one makes the token of the default branch for forks as well.`,
          ]),
    ],
  }
}

/** Whom a token of GitLab is made for: as its own pages have it, itself. */
export function audienceOf(repository: Repository | null): string {
  return `https://${hostOf(repository)}`
}

function trustIn(branch: string, host: string, project: string | null): Trust {
  return {
    system: 'GitLab CI',
    issuer: host,
    audience: `https://${host}`,
    compared: 'StringEquals',
    subjects: ['project_path:${Project}:ref_type:branch:ref:${Branch}'],
    parameters: {
      Project: {
        description: 'Path of the project, with its groups',
        pattern: '^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$',
        ...(project === null ? {} : { default: project }),
      },
      Branch: { description: 'The default branch', pattern: branchPattern, default: branch },
    },
  }
}

const others = ['github.com', 'bitbucket.org']

function hostOf(repository: Repository | null): string {
  const host = repository?.host ?? 'gitlab.com'
  return others.includes(host) || !/^[a-z0-9.-]+$/.test(host) ? 'gitlab.com' : host
}

function projectOf(repository: Repository | null): string | null {
  if (repository === null || hostOf(repository) !== repository.host) return null
  return /^[\w.-]+(?:\/[\w.-]+)+$/.test(repository.path) ? repository.path : null
}
