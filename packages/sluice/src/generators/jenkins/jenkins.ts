import { imageNameOf } from '../../pipeline/image-name.ts'
import { envOfBoth, jobsOfBoth } from '../../pipeline/jobs-of-both.ts'
import { cloudIn } from '../../pipeline/pipeline.ts'
import { planPipelines } from '../../pipeline/plan-pipelines.ts'
import { type Generator, madeBy } from '../generator.ts'
import { jenkinsfile } from './jenkinsfile.ts'

/** A declarative pipeline of Jenkins, for a multibranch job. */
export const jenkins: Generator = {
  summary: 'checks pull requests and releases the main branch, by Jenkins',
  isOptional: true,

  generate(request) {
    const { pipelines, notes } = planPipelines(request)
    if (pipelines.length === 0) return { files: [], notes }
    const { name, folder } = request.app
    const jobs = jobsOfBoth(pipelines)
    const needsRegistry = jobs.some(({ job }) => job.outputs.includes('DIGEST') && job.cloud === null)
    const cloud = cloudIn(pipelines)
    const path = folder === '.' ? 'Jenkinsfile' : `${folder}/Jenkinsfile`
    const { branch, paths } = pipelines[0]!
    const variables = {
      ...envOfBoth(pipelines),
      ...(needsRegistry ? { IMAGE_NAME: imageNameOf(request) } : {}),
    }
    return {
      files: [
        {
          path,
          within: 'project',
          content: `${madeBy('//')}\n${jenkinsfile({ app: name, branch, paths, variables, jobs })}`,
        },
      ],
      notes: [
        ...notes,
        `The Jenkinsfile of ${name} is for a multibranch pipeline that reads ${path}, and agents with the label docker; it needs the plugins Pipeline, Git, Docker Pipeline and Credentials Binding.`,
        ...(jobs.some(({ job }) => job.steps.some(({ script }) => script.includes('apt-get')))
          ? [
              `What ${name} is built with is installed by apt-get, which Jenkins may not do in a container: let its stages run in an image that has it.`,
            ]
          : []),
        ...(jobs.some(({ job }) => job.preview !== null)
          ? [
              `On Jenkins SLUICE_PREVIEWS is a variable of the folder or of all jobs, and a preview of ${name} is removed when its time is over.`,
            ]
          : []),
        ...(cloud === null
          ? []
          : [
              `On Jenkins the image of ${name} is pushed with the role of the agent: machines with the label docker need the AWS CLI and a role that may push to ${cloud.repository}, such as that of an instance profile.`,
            ]),
        ...(needsRegistry
          ? [
              `Set IMAGE_NAME in ${path} to where the image of ${name} is pushed, and keep user and password of that registry in Jenkins as the credentials ${name}-registry.`,
            ]
          : []),
      ],
    }
  },
}
