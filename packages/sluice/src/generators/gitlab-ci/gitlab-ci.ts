import { envOfBoth, type JobOfBoth, jobsOfBoth } from '../../pipeline/jobs-of-both.ts'
import { planPipelines } from '../../pipeline/plan-pipelines.ts'
import { inParts, yamlText } from '../../pipeline/yaml-text.ts'
import { type Generator, madeBy } from '../generator.ts'
import { audienceOf, awsRole } from './aws-role.ts'
import { gitlabJob, isFor } from './gitlab-job.ts'

/** A pipeline of GitLab CI for merge requests and for the default branch. */
export const gitlabCi: Generator = {
  summary: 'checks merge requests and releases the default branch, by GitLab CI',
  isOptional: true,

  generate(request) {
    const { pipelines, removal, notes } = planPipelines(request)
    if (pipelines.length === 0) return { files: [], notes }
    const { name, folder } = request.app
    const isAlone = folder === '.'
    const path = isAlone ? '.gitlab-ci.yml' : `.gitlab/ci/${name}.yml`
    const { paths } = pipelines[0]!
    const prefix = isAlone ? '' : `${name}-`
    const removals: JobOfBoth[] = removal === null ? [] : [{ job: removal, on: ['pull-request'] }]
    const jobs = [...jobsOfBoth(pipelines), ...removals]
    const env = envOfBoth(pipelines)
    const role = awsRole(request, pipelines)
    const file = { app: name, prefix, paths, path, audience: audienceOf(request.repository) }
    const content = {
      workflow: {
        auto_cancel: { on_new_commit: 'interruptible' },
        rules: [{ if: isFor['pull-request'] }, { if: isFor.main }],
      },
      stages: ['check', 'preview', 'publish', 'staging', 'production'],
      ...(Object.keys(env).length === 0 ? {} : { variables: env }),
      ...Object.fromEntries(jobs.map((one) => [`${prefix}${one.job.id}`, gitlabJob(one, file)])),
    }
    const text = inParts(yamlText(content), (indent) => indent === 0)
    return {
      files: [{ path, within: 'project', content: `${madeBy()}\n${text}` }, ...role.files],
      notes: [
        ...notes,
        ...(isAlone ? [] : [`Include the jobs of ${name} in .gitlab-ci.yml: include: [{ local: ${path} }]`]),
        ...(jobs.some(({ job }) => job.approval !== null)
          ? [
              `Anybody who may run jobs of the branch can begin production of ${name} on GitLab: protect the environment production.`,
            ]
          : []),
        ...(jobs.some(({ job }) => job.place.kind === 'engine')
          ? [
              `The image of ${name} is built by docker:dind on GitLab, which needs a runner with privileged containers.`,
            ]
          : []),
        ...role.notes,
      ],
    }
  },
}
