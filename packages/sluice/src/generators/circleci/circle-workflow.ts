import { type Job, type Pipeline, usesRegistry } from '../../pipeline/pipeline.ts'

type Entry = string | Record<string, unknown>

/** The order of a pipeline's jobs, and when it is run. */
export function circleWorkflow({ app, on, branch, jobs }: Pipeline): Record<string, unknown> {
  const isMain = { equal: [branch, '<< pipeline.git.branch >>'] }
  return {
    when: on === 'main' ? isMain : { not: isMain },
    jobs: jobs.flatMap((job) => entriesOf(job, app)),
  }
}

function entriesOf(job: Job, app: string): Entry[] {
  const asked = job.approval === null ? [] : [`approve-${job.id}`]
  const requires = [...job.needs, ...asked]
  const context = [
    ...(usesRegistry(job) ? [`${app}-registry`] : []),
    ...(job.secrets.length > 0 ? [`${app}-${job.environment}`] : []),
  ]
  const options = {
    ...(requires.length === 0 ? {} : { requires }),
    ...(context.length === 0 ? {} : { context }),
    ...(job.environment === null
      ? {}
      : { 'serial-group': `<< pipeline.project.slug >>/${app}-${job.environment}` }),
  }
  return [
    ...asked.map((name) => ({ [name]: { type: 'approval', requires: job.needs } })),
    Object.keys(options).length === 0 ? job.id : { [job.id]: options },
  ]
}
