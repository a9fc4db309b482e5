import { type CiFile, ciFiles } from './ci-files.ts'
import { lineAt } from './files.ts'
import { once } from './look.ts'
import { entriesOf, field, listOf, type YamlDocument } from './yaml-documents.ts'

/** A job of a CI system, or a stage of a Jenkinsfile, in the order of the file. */
export interface PipelineJob {
  /** `deploy-staging` */
  id: string
  /** Id, name and steps, a line for each value. */
  text: string
  /** Where it deploys to, as far as its environment or its id says. */
  deploysTo: 'staging' | 'production' | null
  file: string
  line: number
}

const DEPLOYS = /deploy|release|rollout|promote|publish/i
const ALONE = /^(?:staging|stage|uat|production|prod|live)$/i
const PRODUCTION = /(?:^|[^a-z])(?:prod(?:uction)?|live)(?:$|[^a-z])/i
const STAGING = /(?:^|[^a-z])(?:staging|stage|stg|pre-?prod(?:uction)?|uat|acceptance|canary)(?:$|[^a-z])/i

/** Every job of every CI file. */
export const pipelineJobs = once((look): PipelineJob[] =>
  ciFiles(look).flatMap((file) => (file.system === 'jenkins' ? stagesOf(file) : jobsOf(file))),
)

function jobsOf({ system, document, file }: CiFile): PipelineJob[] {
  if (document === null) return []
  const at = placeOfJobs(system, document)
  return entriesOf(field(document.value, ...at)).flatMap(([id, job]): PipelineJob[] => {
    // Beside its jobs, a file of GitLab has variables, stages and templates.
    if (typeof job !== 'object' || job === null || (system === 'gitlab' && !isGitlabJob(id, job))) return []
    const text = [id, ...linesOf(job)].join('\n')
    const names = [id, field(job, 'name') ?? '', field(job, 'stage') ?? ''].join(' ')
    const place = environmentOf(job) ?? (hasCommands(job) ? deployedTo(text, names) : '')
    return [{ id, text, deploysTo: placeOf(place), file, line: document.lineOf([...at, id]) }]
  })
}

// A template of CloudFormation makes a project of CodeBuild for each job.
function placeOfJobs(system: CiFile['system'], document: YamlDocument): string[] {
  if (system === 'github' || system === 'circleci') return ['jobs']
  return field(document.value, 'Resources') === null ? [] : ['Resources']
}

// `run: make deploy`: texts as they are, so that what is in quotes can be found.
function linesOf(value: unknown, key = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => linesOf(one, key))
  if (typeof value === 'object' && value !== null)
    return entriesOf(value).flatMap(([name, one]) => linesOf(one, name))
  return [`${key}: ${value}`]
}

function hasCommands(job: unknown): boolean {
  return (
    listOf(field(job, 'steps')).length > 0 ||
    listOf(field(job, 'script')).length > 0 ||
    field(job, 'Type') === 'AWS::CodeBuild::Project'
  )
}

function isGitlabJob(id: string, job: unknown): boolean {
  return (
    !id.startsWith('.') &&
    (field(job, 'script') !== null || field(job, 'extends') !== null || field(job, 'trigger') !== null)
  )
}

function environmentOf(job: unknown): string | null {
  const environment = field(job, 'environment')
  const name = typeof environment === 'string' ? environment : field(environment, 'name')
  return typeof name === 'string' ? name : null
}

/** What a command names as its environment; else the names of the job, where they speak of a deploy or of nothing else. */
function deployedTo(text: string, names: string): string {
  const named = /\bdeploy\b[^\n]*\s--env(?:ironment)?[ =]["']?([\w-]+)/.exec(text)?.[1]
  return named ?? (DEPLOYS.test(names) || ALONE.test(names.trim()) ? names : '')
}

// Groovy is not parsed: a stage reaches to the next one.
function stagesOf({ text, file }: CiFile): PipelineJob[] {
  const found = [...text.matchAll(/\bstage\s*\(?\s*["']([^"']+)["']/g)]
  return found.map((one, index) => {
    const id = one[1]!
    const body = text.slice(one.index, found[index + 1]?.index)
    return { id, text: body, deploysTo: placeOf(deployedTo(body, id)), file, line: lineAt(text, one.index) }
  })
}

// Before production: `pre-production` has its name in it.
function placeOf(written: string): PipelineJob['deploysTo'] {
  const text = written.replace(/([a-z])([A-Z])/g, '$1 $2')
  if (STAGING.test(text)) return 'staging'
  return PRODUCTION.test(text) ? 'production' : null
}
