import { posix } from 'node:path'
import { jobsOfBoth } from '../../pipeline/jobs-of-both.ts'
import { planPipelines } from '../../pipeline/plan-pipelines.ts'
import { inParts, yamlText } from '../../pipeline/yaml-text.ts'
import { type Generator, madeBy } from '../generator.ts'
import { template } from './template.ts'

/** A template of CloudFormation with two pipelines of AWS CodePipeline, and the CodeBuild projects that they run. */
export const codepipeline: Generator = {
  summary: 'checks pull requests and releases the main branch, by AWS CodePipeline',
  isOptional: true,

  generate(request) {
    // The stack has a registry of its own, and roles for it.
    const { pipelines, notes } = planPipelines({ ...request, registry: null })
    if (pipelines.length === 0) return { files: [], notes }
    const { name, folder } = request.app
    const path = posix.join(folder, 'codepipeline.yaml')
    const repository = request.repository?.path ?? null
    const text = yamlText(template({ app: name, folder, pipelines, repository }))
    const content = inParts(text, (indent) => indent === 0 || indent === 2)
    const jobs = jobsOfBoth(pipelines)
    const labels = jobs.flatMap(({ job: { place } }) => (place.kind === 'machine' ? [place.label] : []))
    return {
      files: [{ path, within: 'project', content: `${madeBy()}\n${content}` }],
      notes: [
        ...notes,
        `${path} is a stack of its own: aws cloudformation deploy --template-file ${path} --stack-name ${name}-pipeline --capabilities CAPABILITY_IAM --parameter-overrides Connection=ARN, with the ARN of a connection to where the repository is kept.`,
        ...(labels.length === 0
          ? []
          : [
              `The machines of ${name} are found by the tag sluice = ${[...new Set(labels)].join(' and sluice = ')}: each needs the agent of Systems Manager, Node, and the AWS CLI with a role that may pull from the registry.`,
            ]),
        ...(jobs.some(({ job }) => job.preview !== null)
          ? [
              `On CodePipeline previews of ${name} are switched on by the parameter Previews=enabled of the stack, also for pull requests of forks, and each is removed when its time is over.`,
            ]
          : []),
        `A pull request of ${name} on CodePipeline does not end what is still checked of its older state.`,
      ],
    }
  },
}
