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

/** What a workflow is in a project that has no previews, and in one that has. */
export function circleWorkflows(pipeline: Pipeline): Record<string, unknown> {
  const without = pipeline.jobs.filter(({ preview }) => preview === null)
  if (without.length === pipeline.jobs.length) return { [pipeline.name]: circleWorkflow(pipeline) }
  const isOn = '<< pipeline.parameters.previews >>'
  const { when, ...all } = circleWorkflow(pipeline)
  const { jobs } = circleWorkflow({ ...pipeline, jobs: without })
  return {
    [pipeline.name]: { when: { and: [when, { not: isOn }] }, jobs },
    [`${pipeline.name}-with-preview`]: { when: { and: [when, isOn] }, ...all },
  }
}

function entriesOf(job: Job, app: string): Entry[] {
  const asked = job.approval === null ? [] : [`approve-${job.id}`]
  const requires = [...job.needs, ...asked]
  const context = [
    ...(usesRegistry(job) || job.cloud !== null ? [`${app}-registry`] : []),
    ...(job.secrets.length > 0 ? [`${app}-${job.environment}`] : []),
  ]
  const place = job.preview === null ? job.environment : 'preview'
  const options = {
    ...(requires.length === 0 ? {} : { requires }),
    ...(context.length === 0 ? {} : { context }),
    ...(place === null ? {} : { 'serial-group': `<< pipeline.project.slug >>/${app}-${place}` }),
  }
  return [
    ...asked.map((name) => ({ [name]: { type: 'approval', requires: job.needs } })),
    Object.keys(options).length === 0 ? job.id : { [job.id]: options },
  ]
}
