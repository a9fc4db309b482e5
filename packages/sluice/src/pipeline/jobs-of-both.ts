import type { Job, Pipeline } from './pipeline.ts'

/** A job, and what it is run for. */
export interface JobOfBoth {
  job: Job
  on: Pipeline['on'][]
}

/** What jobs of some pipelines find as variables. */
export function envOfBoth(pipelines: Pipeline[]): Record<string, string> {
  return Object.assign({}, ...pipelines.map(({ env }) => env))
}

/** All jobs of some pipelines, for systems that keep them in one file: what is run for both is there once. */
export function jobsOfBoth(pipelines: Pipeline[]): JobOfBoth[] {
  const ids = [...new Set(pipelines.flatMap(({ jobs }) => jobs.map(({ id }) => id)))]
  return ids.map((id) => {
    const having = pipelines.filter(({ jobs }) => jobs.some((job) => job.id === id))
    return { job: having[0]!.jobs.find((job) => job.id === id)!, on: having.map(({ on }) => on) }
  })
}
