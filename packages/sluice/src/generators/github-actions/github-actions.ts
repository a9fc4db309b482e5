import type { Job, Pipeline } from '../../pipeline/pipeline.ts'
import { planPipelines } from '../../pipeline/plan-pipelines.ts'
import type { GeneratedFile, Generator } from '../generator.ts'
import { awsRole } from './aws-role.ts'
import { dependabot } from './dependabot.ts'
import { workflow } from './workflow.ts'

/** Workflows of GitHub Actions: for pull requests, for those that are closed, and for the main branch. */
export const githubActions: Generator = {
  summary: 'checks pull requests and releases the main branch, by GitHub Actions',
  isOptional: true,

  generate(request) {
    const { pipelines, removal, notes } = planPipelines(request)
    const updates = dependabot(request.app)
    const role = awsRole(request, pipelines)
    const isReleased = pipelines.some(({ jobs }) => jobs.some(({ approval }) => approval !== null))
    const { name } = request.app
    return {
      files: [
        ...pipelines.map((pipeline) => file(pipeline)),
        ...(removal === null ? [] : [file(closed(pipelines[0]!, removal), { types: ['closed'] })]),
        ...role.files,
        ...updates.files,
      ],
      notes: [
        ...notes,
        ...(isReleased
          ? [
              `GitHub asks a person before production of ${name} only where its environment production has required reviewers: Settings, Environments.`,
            ]
          : []),
        ...role.notes,
        ...updates.notes,
      ],
    }
  },
}

function file(pipeline: Pipeline, types?: { types: string[] }): GeneratedFile {
  const path = `.github/workflows/${pipeline.name}.yml`
  return { path, within: 'project', content: workflow(pipeline, path, types) }
}

/** For the pull requests that a pipeline is run for, once they are closed. */
function closed(pipeline: Pipeline, removal: Job): Pipeline {
  return { ...pipeline, name: `${pipeline.name}-closed`, cancelsStale: false, jobs: [removal] }
}
