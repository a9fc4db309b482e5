import { imageNameOf } from '../../pipeline/image-name.ts'
import { envOfBoth, jobsOfBoth } from '../../pipeline/jobs-of-both.ts'
import { planPipelines } from '../../pipeline/plan-pipelines.ts'
import { inParts, yamlText } from '../../pipeline/yaml-text.ts'
import { type Generator, madeBy } from '../generator.ts'
import { awsRole } from './aws-role.ts'
import { circleJob } from './circle-job.ts'
import { circleWorkflows } from './circle-workflow.ts'

/** A configuration of CircleCI: one workflow for the main branch, one for every other. */
export const circleci: Generator = {
  summary: 'checks branches and releases the main branch, by CircleCI',
  isOptional: true,

  generate(request) {
    const { pipelines, notes } = planPipelines(request)
    if (pipelines.length === 0) return { files: [], notes }
    const { name, folder } = request.app
    const isAlone = folder === '.'
    const path = isAlone ? '.circleci/config.yml' : `.circleci/${name}.yml`
    const [owner = 'owner'] = request.repository?.path.toLowerCase().split('/') ?? []
    const jobs = jobsOfBoth(pipelines)
    const role = awsRole(request, pipelines)
    const needsRegistry = jobs.some(({ job }) => job.outputs.includes('DIGEST') && job.cloud === null)
    const isDeployed = jobs.some(({ job }) => job.place.kind === 'machine')
    const hasPreviews = jobs.some(({ job }) => job.preview !== null)
    const parameters = {
      ...(isDeployed ? { 'runner-namespace': { type: 'string', default: owner } } : {}),
      ...(hasPreviews ? { previews: { type: 'boolean', default: false } } : {}),
      ...(needsRegistry ? { image: { type: 'string', default: imageNameOf(request) } } : {}),
    }
    const content = {
      version: 2.1,
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
      jobs: Object.fromEntries(jobs.map(({ job }) => [job.id, circleJob(job, envOfBoth(pipelines))])),
      workflows: Object.assign({}, ...pipelines.map(circleWorkflows)),
    }
    const isPart = (indent: number) => indent === 0 || indent === 2
    return {
      files: [
        { path, within: 'project', content: `${madeBy()}\n${inParts(yamlText(content), isPart)}` },
        ...role.files,
      ],
      notes: [
        ...notes,
        ...(isAlone
          ? []
          : [
              `Add a pipeline to the project on CircleCI that reads ${path}: one file is one pipeline there, and is run for changes in any folder.`,
            ]),
        ...(isDeployed
          ? [
              `The deploy jobs of ${name} run on CircleCI's machine runners: set runner-namespace in ${path} to the namespace that the resource classes are in.`,
            ]
          : []),
        ...(hasPreviews
          ? [
              `On CircleCI previews of ${name} are switched on by the parameter previews in ${path}, for every branch but the released one, and each is removed when its time is over.`,
            ]
          : []),
        ...(needsRegistry
          ? [
              `CircleCI has no registry: set image in ${path} to where the image of ${name} is pushed, and give the context ${name}-registry REGISTRY_USER and REGISTRY_TOKEN.`,
            ]
          : []),
        ...role.notes,
        `Turn on "Auto-cancel redundant workflows" in the settings of the project on CircleCI; no file can say it.`,
      ],
    }
  },
}
