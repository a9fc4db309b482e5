import { planPipelines } from '../../pipeline/plan-pipelines.ts'
import type { Generator } from '../generator.ts'
import { dependabot } from './dependabot.ts'
import { workflow } from './workflow.ts'

/** Workflows of GitHub Actions: one for pull requests, one for the main branch. */
export const githubActions: Generator = {
  summary: 'checks pull requests and releases the main branch, by GitHub Actions',
  isOptional: true,

  generate(request) {
    const { pipelines, notes } = planPipelines(request)
    const updates = dependabot(request.app)
    const isReleased = pipelines.some(({ jobs }) => jobs.some(({ approval }) => approval !== null))
    const { name } = request.app
    return {
      files: [
        ...pipelines.map((pipeline) => ({
          path: workflowPath(pipeline.name),
          within: 'project' as const,
          content: workflow(pipeline, workflowPath(pipeline.name)),
        })),
        ...updates.files,
      ],
      notes: [
        ...notes,
        ...(isReleased
          ? [
              `GitHub asks a person before production of ${name} only where its environment production has required reviewers: Settings, Environments.`,
            ]
          : []),
        ...updates.notes,
      ],
    }
  },
}

function workflowPath(name: string): string {
  return `.github/workflows/${name}.yml`
}
