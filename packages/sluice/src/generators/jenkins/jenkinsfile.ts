import type { JobOfBoth } from '../../pipeline/jobs-of-both.ts'
import { block, call, text } from './groovy.ts'
import { askStage, type StageContext, stage } from './stage.ts'

interface Contents extends StageContext {
  variables: Record<string, string>
  jobs: JobOfBoth[]
}

/** The text of a Jenkinsfile below its first line. */
export function jenkinsfile({ variables, jobs, ...context }: Contents): string {
  const environment = Object.entries(variables).map(([name, value]) => `${name} = ${text(value)}`)
  const lines = block('pipeline', [
    'agent none',
    '',
    ...block('options', [
      // Long enough for a person to be asked; each stage has its own limit.
      call('timeout', { time: 5, unit: 'DAYS' }),
      'disableConcurrentBuilds()',
      `buildDiscarder(${call('logRotator', { numToKeepStr: '50' })})`,
    ]),
    '',
    ...(environment.length === 0 ? [] : [...block('environment', environment), '']),
    ...block('stages', apart(levelsOf(jobs).map((level) => levelStages(level, context)))),
  ])
  return `${lines.join('\n')}\n`
}

/** Jobs that can run at the same time, after all that they need. */
function levelsOf(jobs: JobOfBoth[]): JobOfBoth[][] {
  const levels: JobOfBoth[][] = []
  const done = new Set<string>()
  let rest = jobs
  while (rest.length > 0) {
    const level = rest.filter(({ job }) => job.needs.every((id) => done.has(id)))
    if (level.length === 0) throw new Error('jobs need one another in a circle')
    for (const { job } of level) done.add(job.id)
    levels.push(level)
    rest = rest.filter((one) => !level.includes(one))
  }
  return levels
}

function levelStages(level: JobOfBoth[], context: StageContext): string[] {
  const isChecks = level.length > 1 && level.every(({ job }) => job.needs.length === 0)
  if (isChecks)
    return block(`stage('Checks')`, block('parallel', apart(level.map((one) => stage(one, context)))))
  const stages = level.flatMap((one) => [
    ...(one.job.approval === null ? [] : [askStage(one, context)]),
    stage(one, context),
  ])
  return apart(stages)
}

function apart(parts: string[][]): string[] {
  return parts.flatMap((part, at) => (at === 0 ? part : ['', ...part]))
}
